// Lines of any log_format that is not JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/parse/format_matcher.h"
#include "exporter/parse/line_parser.h"
#include "exporter/parse/name_map.h"

namespace tocsin::parse {

class FormatParser final : public LineParser {
 public:
  FormatParser(const LogFormat& format, const NameMap& names);

  LineFault Parse(const lines::Line& line, LogRecord& record) override;

 private:
  struct Wanted {
    size_t variable;  ///< an index into values_
    Targets targets;
  };

  /// `text` with its escapes undone; in scratch_ where there are any.
  std::string_view Plain(std::string_view text, size_t line_bytes, LineFault& fault);

  FormatMatcher matcher_;
  bool has_escapes_;
  bool has_status_;
  std::vector<Wanted> wanted_;
  std::vector<std::string_view> values_;
  std::string scratch_;
};

}  // namespace tocsin::parse
