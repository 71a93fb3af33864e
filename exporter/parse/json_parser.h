// nginx's JSON access logs: one flat object a line.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/lines/mark_scanner.h"
#include "exporter/parse/json_pattern.h"
#include "exporter/parse/line_parser.h"
#include "exporter/parse/name_map.h"
#include "exporter/parse/scan.h"

namespace tocsin::parse {

/// Reads what nginx writes, which is JSON only as long as its log_format is careful: bare values may be empty
/// or lists, and the default escaping writes \x22. Numbers may be quoted or bare; nested objects and arrays
/// are passed over; null is an absent field. A line like those before it is read by JsonPattern, any other by
/// JsonReader, and nothing tells which.
class JsonParser final : public LineParser {
 public:
  explicit JsonParser(NameMap names = {}, JsonPattern pattern = JsonPattern())
      : names_(std::move(names)), pattern_(std::move(pattern)) {}

  LineFault Parse(const lines::Line& line, LogRecord& record) override;

  /// What stands between two values: where the next one goes, and what it is.
  struct Joint {
    Targets targets;
    bool is_quoted = false;  ///< a string follows; the joint ends with its quote
    bool is_last = false;    ///< it is the closing brace
  };
  static constexpr size_t kMaxTokenBytes = 32;
  /// A joint as it stood in the line before: `","status":`.
  struct KnownJoint {
    Token<kMaxTokenBytes> token;
    Joint joint;
  };
  using Layout = std::array<KnownJoint, 64>;

 private:
  lines::Line WithMarks(std::string_view line);
  LineFault ReadInFull(std::string_view line, LogRecord& record);
  void LearnFrom(std::string_view line, LogRecord& record);

  NameMap names_;
  JsonPattern pattern_;
  /// A pattern that so many good lines in a row did not fit is learned anew: few enough for a log whose
  /// format changed, and too many for one that changes from line to line to be learned all the time.
  static constexpr uint32_t kMissesToLearn = 8;
  uint32_t misses_ = kMissesToLearn - 1;  ///< in a row
  std::vector<JsonPattern::Value> values_;
  Layout layout_;
  std::unique_ptr<lines::MarkScanner> scanner_;  ///< of lines that come without marks; null before the first
  std::string scratch_;
};

}  // namespace tocsin::parse
