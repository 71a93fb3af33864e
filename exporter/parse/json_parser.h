// nginx's JSON access logs: one flat object a line.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/parse/line_parser.h"

namespace tocsin::parse {

/// Reads what nginx writes, which is JSON only as long as its log_format is careful: bare values may be empty
/// or lists, and the default escaping writes \x22. Numbers may be quoted or bare; nested objects and arrays
/// are passed over; null is an absent field.
class JsonParser final : public LineParser {
 public:
  LineFault Parse(std::string_view line, LogRecord& record) override;

  /// The key at its place in the line, as it was in the line before.
  struct KnownKey {
    static constexpr size_t kMaxBytes = 32;
    alignas(16) std::array<char, kMaxBytes> token{};  ///< `"status":`, padded with zeros
    uint32_t size = 0;                                ///< of the token; 0: nothing known
    uint32_t mask = 0;                                ///< one bit a byte of it
    std::optional<Field> field;
  };
  static constexpr size_t kMaxKnownKeys = 64;

 private:
  std::array<KnownKey, kMaxKnownKeys> layout_;
  std::string scratch_;
};

}  // namespace tocsin::parse
