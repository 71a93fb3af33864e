#include "alerting/collect/exposition/number.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

#include "alerting/model/sample.h"

namespace tocsin::collect {
namespace {

bool EqualsWithoutCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((text[i] | 0x20) != lower[i]) return false;
  }
  return true;
}

std::optional<double> ParseWord(std::string_view text) {
  if (EqualsWithoutCase(text, "nan")) return model::NormalNan();
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (!EqualsWithoutCase(text, "inf") && !EqualsWithoutCase(text, "infinity")) return std::nullopt;
  return negative ? -HUGE_VAL : HUGE_VAL;
}

}  // namespace

std::optional<double> ParseSampleValue(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  const size_t sign = text.starts_with('-') ? 1 : 0;
  if (digits.size() <= sign) return std::nullopt;
  const char first = digits[sign];
  if (first != '.' && (first < '0' || first > '9')) return ParseWord(text);

  double value = 0;
  const char* end = digits.data() + digits.size();
  auto [stopped, fault] = std::from_chars(digits.data(), end, value);
  if (stopped != end) return std::nullopt;
  if (fault == std::errc::result_out_of_range) {  // of underflow and overflow Go refuses the second alone
    value = std::strtod(std::string(digits).c_str(), nullptr);
    return std::isinf(value) ? std::nullopt : std::optional(value);
  }
  if (fault != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace tocsin::collect
