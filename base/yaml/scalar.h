// What a plain scalar means, as go-yaml v2 decides it: that is the reader Prometheus and Alertmanager use,
// and it differs from YAML 1.2 ("yes" and "on" are booleans, "017" is fifteen, "1_000" a thousand).
#pragma once

#include <string>
#include <string_view>

#include "base/yaml/node.h"

namespace tocsin::yaml {

/// A scalar node of what was written; timestamps and base-60 numbers stay strings.
Node PlainScalar(std::string text, Position position);
Node QuotedScalar(std::string text, Position position);

/// The same for a scalar with an explicit tag ("tag:yaml.org,2002:int"). kInvalidArgument when the text is no
/// such thing, kUnsupported for !!binary; tags outside YAML's own make a string.
Result<Node> TaggedScalar(std::string_view tag, std::string text, Position position);

}  // namespace tocsin::yaml
