// tocsin-exporter explain-line: what becomes of a line, and why.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "exporter/config/options.h"
#include "exporter/parse/parser_factory.h"

namespace tocsin::exporter {

struct LineStory {
  std::string text;      ///< for the terminal, ends with a newline
  bool counted = false;  ///< the line would be counted, perhaps with a fault
};

/// Tells a line's story by the format of `parsers`; with "auto" also which format it is and why no other.
/// With `color` it holds ANSI sequences.
LineStory ExplainLine(const parse::ParserFactory& parsers, std::string_view line, bool color);

/// The command: tells the story of `line`, or with "-" of each line of `in`, on standard output; in colour
/// when that is a terminal and NO_COLOR is not set. The exit code: 0 when all are counted, 1 when not.
Result<int> RunExplainLine(const Options& options, const std::string& line, std::istream& in);

}  // namespace tocsin::exporter
