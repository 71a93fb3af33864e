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

  static constexpr size_t kMaxTokenBytes = 32;
  /// The key at its place in the line, as it was in the line before: `"status":` and where it goes.
  struct KnownKey {
    Token<kMaxTokenBytes> token;
    Targets targets;
  };
  static constexpr size_t kMaxKnownKeys = 64;

 private:
  NameMap names_;
  std::array<KnownKey, kMaxKnownKeys> layout_;
  std::string scratch_;
};

}  // namespace tocsin::parse
