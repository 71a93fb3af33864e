#include "alerting/template/functions/humanize.h"

#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "alerting/template/format.h"
#include "alerting/template/number.h"
#include "alerting/template/time_format.h"

namespace tocsin::templating {
namespace {

constexpr std::array<std::string_view, 8> kLarge = {"k", "M", "G", "T", "P", "E", "Z", "Y"};
constexpr std::array<std::string_view, 8> kBinary = {"ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"};
constexpr std::array<std::string_view, 8> kSmall = {"m", "u", "n", "p", "f", "a", "z", "y"};

std::string FourDigits(double value) {
  const Value boxed(value);
  return Sprintf("%.4g", {&boxed, 1});
}

std::string Grouped(double value, const std::array<std::string_view, 8>& prefixes, double base) {
  std::string_view prefix;
  for (const std::string_view next : prefixes) {
    if (std::abs(value) < base) break;
    prefix = next;
    value /= base;
  }
  return FourDigits(value).append(prefix);
}

std::string Fraction(double value) {
  std::string_view prefix;
  for (const std::string_view next : kSmall) {
    if (std::abs(value) >= 1) break;
    prefix = next;
    value *= 1000;
  }
  return FourDigits(value).append(prefix);
}

}  // namespace

std::string Humanize(double value) {
  if (value == 0 || !std::isfinite(value)) return FourDigits(value);
  return std::abs(value) >= 1 ? Grouped(value, kLarge, 1000) : Fraction(value);
}

std::string Humanize1024(double value) {
  if (std::abs(value) <= 1 || !std::isfinite(value)) return FourDigits(value);
  return Grouped(value, kBinary, 1024);
}

std::string HumanizeDuration(double seconds) {
  if (!std::isfinite(seconds)) return FourDigits(seconds);
  if (seconds == 0) return FourDigits(seconds) + "s";
  if (std::abs(seconds) < 1) return Fraction(seconds) + "s";
  const std::string sign = seconds < 0 ? "-" : "";
  seconds = std::abs(seconds);
  // What Go's conversion gives where the number does not fit.
  constexpr double kLimit = 9223372036854775808.0;
  const int64_t whole =
      seconds < kLimit ? static_cast<int64_t>(seconds) : std::numeric_limits<int64_t>::min();
  const int64_t days = whole / 86400;
  const int64_t hours = whole / 3600 % 24;
  const int64_t minutes = whole / 60 % 60;
  if (days != 0) return fmt::format("{}{}d {}h {}m {}s", sign, days, hours, minutes, whole % 60);
  if (hours != 0) return fmt::format("{}{}h {}m {}s", sign, hours, minutes, whole % 60);
  if (minutes != 0) return fmt::format("{}{}m {}s", sign, minutes, whole % 60);
  return sign + FourDigits(seconds) + "s";
}

std::string HumanizePercentage(double ratio) { return FourDigits(ratio * 100) + "%"; }

Result<Timestamp> ToTime(double seconds) {
  if (!std::isfinite(seconds)) return Fail(ErrorCode::kInvalidArgument, "value is NaN or Inf");
  if (std::abs(seconds * 1e9) > 9223372036854775807.0) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} cannot be represented as a nanoseconds timestamp since it overflows int64",
                            FormatFloat(seconds, 'g', -1)));
  }
  const auto nanos = static_cast<int64_t>(seconds * 1e9);
  return Timestamp::FromMillis(nanos / 1'000'000);
}

Result<std::string> HumanizeTimestamp(double seconds) {
  if (!std::isfinite(seconds)) return FourDigits(seconds);
  const auto time = ToTime(seconds);
  if (!time) return tl::unexpected(time.error());
  return FormatTime(Time{*time, {}, "UTC"}, kGoTimeString);
}

}  // namespace tocsin::templating
