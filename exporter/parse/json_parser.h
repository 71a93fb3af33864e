// nginx's JSON access logs: one flat object a line.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "exporter/parse/line_parser.h"
#include "exporter/parse/name_map.h"
#include "exporter/parse/scan.h"

namespace tocsin::parse {

/// Reads what nginx writes, which is JSON only as long as its log_format is careful: bare values may be empty
/// or lists, and the default escaping writes \x22. Numbers may be quoted or bare; nested objects and arrays
/// are passed over; null is an absent field.
class JsonParser final : public LineParser {
 public:
  explicit JsonParser(NameMap names = {}) : names_(std::move(names)) {}

  LineFault Parse(std::string_view line, LogRecord& record) override;

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
  NameMap names_;
  Layout layout_;
  std::string scratch_;
};

}  // namespace tocsin::parse
