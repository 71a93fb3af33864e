// Why a line does or doesn't match a format, part by part: for people, not for speed.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/parse/line_parser.h"
#include "exporter/parse/log_format.h"
#include "exporter/parse/name_map.h"

namespace tocsin::parse {

struct Explanation {
  /// A variable's value or a JSON member, as far as the line was read.
  struct Part {
    std::string name;    ///< "$status", or the key without quotes
    size_t column;       ///< of the value, from 0
    std::string text;    ///< of the value, as it stands in the line
    std::string target;  ///< the field that it is taken as, or the extra's name; "" when it is ignored
    LineFault fault = LineFault::kNone;
  };

  LineFault fault = LineFault::kNone;
  std::vector<Part> parts;
  LogRecord record;      ///< views into the line and the parser; of use when the fault is usable
  size_t column = 0;     ///< where the line could not be read on
  std::string expected;  ///< what should have been there
  std::unique_ptr<LineParser> parser;  ///< whose memory `record` refers to
};

/// Reads `line` as `format` (without pieces: JSON of any keys). `line` must outlive the record.
Explanation Explain(const LogFormat& format, const NameMap& names, std::string_view line);

}  // namespace tocsin::parse
