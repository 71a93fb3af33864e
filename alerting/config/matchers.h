// Matchers in an alertmanager.yml: the list of texts, and the two older maps.
#pragma once

#include <string_view>

#include "alerting/model/matcher.h"
#include "base/yaml/reader.h"

namespace tocsin::config {

/// The names of the keys that hold them: of a route, or of one side of an inhibition rule.
struct MatcherKeys {
  std::string_view equal;  ///< a map of names to values
  std::string_view regex;  ///< a map of names to expressions
  std::string_view list;
};

/// Reads all three; faults go to the reader's errors.
model::Matchers ReadMatchers(yaml::MappingReader& in, const MatcherKeys& keys);

}  // namespace tocsin::config
