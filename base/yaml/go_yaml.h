// Documents as go-yaml takes them, for the formats of Prometheus and Alertmanager, whose files must load
// unchanged: the first of several documents counts, UTF-16 is text too, and a carriage return ends a line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/yaml/node.h"

namespace tocsin::yaml {

/// The text as UTF-8 with lines that end in \n or \r\n: what positions of ParseFirst() count in. What is no
/// UTF-16 with a byte order mark stays as it is, but for carriage returns that stand alone.
std::string PlainText(std::string text);

/// Where ParseFirst() stops though something follows: the line, from 1, of the mark that ends the first
/// document. For a warning.
std::optional<int> LineOfSecondDocument(std::string_view text);

/// As Parse(), but whatever follows the first document is passed over unread.
Result<Node> ParseFirst(std::string_view text, std::string source, const ParseLimits& limits = {});

}  // namespace tocsin::yaml
