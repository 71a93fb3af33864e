#include "alerting/collect/exposition/number.h"

#include <array>
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

// Fifteen digits and a power of ten up to 15 are exact as doubles, so that their quotient is rounded once,
// and rightly (Clinger, "How to read floating point numbers accurately").
const char* TakePlainNumber(const char* begin, const char* end, double& value) {
  static constexpr std::array<double, 16> kPowers = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                     1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  constexpr size_t kMostDigits = 15;
  const char* at = begin;
  const bool negative = at != end && *at == '-';
  if (negative) ++at;
  uint64_t digits = 0;
  size_t count = 0;
  size_t behind_point = 0;
  bool point = false;
  for (; at != end && count <= kMostDigits; ++at) {
    const auto digit = static_cast<unsigned char>(*at - '0');
    if (digit <= 9) {
      digits = digits * 10 + digit;
      ++count;
      behind_point += point ? 1 : 0;
    } else if (*at == '.' && !point && count > 0) {
      point = true;
    } else {
      break;
    }
  }
  if (count == 0 || count > kMostDigits) return begin;
  value = static_cast<double>(digits) / kPowers[behind_point];
  if (negative) value = -value;
  return at;
}

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
