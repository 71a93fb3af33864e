// A layout is Go's reference time, Mon Jan 2 15:04:05 MST 2006, written as the user wants to see it; each
// piece of it that occurs in the layout stands for that part of the time.
#include "alerting/template/time_format.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

#include <fmt/format.h>

#include "alerting/template/format.h"
#include "alerting/template/zone.h"

namespace tocsin::templating {
namespace {

using std::chrono::days;

constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                      "May",       "June",     "July",     "August",
                                                      "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kWeekdays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
// What std::chrono's calendar can hold; templates have no business beyond.
constexpr int64_t kLastMillis = 900'000'000'000'000;

struct Civil {
  int year, month, day, weekday, year_day;
  int hour, minute, second, millis;
};

Civil ToCivil(const Time& time) {
  const int64_t clamped = std::clamp(time.at.millis(), -kLastMillis, kLastMillis);
  const std::chrono::sys_time<Duration> local{Duration(clamped) + time.utc_offset};
  const auto day = std::chrono::floor<days>(local);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<Duration> clock(local - day);
  const std::chrono::sys_days new_year = date.year() / std::chrono::January / 1;
  return {.year = static_cast<int>(date.year()),
          .month = static_cast<int>(static_cast<unsigned>(date.month())),
          .day = static_cast<int>(static_cast<unsigned>(date.day())),
          .weekday = static_cast<int>(std::chrono::weekday(day).c_encoding()),
          .year_day = static_cast<int>((day - new_year).count()) + 1,
          .hour = static_cast<int>(clock.hours().count()),
          .minute = static_cast<int>(clock.minutes().count()),
          .second = static_cast<int>(clock.seconds().count()),
          .millis = static_cast<int>(clock.subseconds().count())};
}

std::string FormatOffset(std::chrono::seconds offset, std::string_view piece) {
  if (piece.starts_with('Z') && offset.count() == 0) return "Z";
  const int64_t total = std::abs(offset.count());
  std::string out = offset.count() < 0 ? "-" : "+";
  out += fmt::format("{:02}", total / 3600);
  if (piece.size() == 3) return out;  // "-07"
  if (piece.find(':') != std::string_view::npos) out += ':';
  return out + fmt::format("{:02}", total / 60 % 60);
}

// ".000" and ",999": as many digits as there are; nines drop trailing zeros.
std::string FormatFraction(int millis, std::string_view piece) {
  std::string digits = fmt::format("{:03}000000", millis);
  digits.resize(piece.size() - 1, '0');
  if (piece[1] == '9') {
    while (!digits.empty() && digits.back() == '0') digits.pop_back();
    if (digits.empty()) return "";
  }
  return piece[0] + digits;
}

// The layout's piece that `rest` starts with; empty when it is a plain character.
std::string_view NextPiece(std::string_view rest) {
  // Longer ones first where one begins as another.
  constexpr std::array<std::string_view, 30> kPieces = {
      "January", "Jan", "Monday", "Mon",   "MST",   "2006", "15", "01", "02", "03",
      "04",      "05",  "06",     "002",   "_2006", "__2",  "_2", "PM", "pm", "Z07:00",
      "Z0700",   "Z07", "-07:00", "-0700", "-07",   "1",    "2",  "3",  "4",  "5"};
  for (const std::string_view piece : kPieces) {
    if (!rest.starts_with(piece)) continue;
    const char next = rest.size() > piece.size() ? rest[piece.size()] : '\0';
    if (piece == "Jan" && next >= 'a' && next <= 'z') return {};  // "January" came first; "Janet" is no month
    return piece;
  }
  return {};
}

std::string_view FractionPiece(std::string_view rest) {
  if (rest.size() < 2 || (rest[0] != '.' && rest[0] != ',') || (rest[1] != '0' && rest[1] != '9')) return {};
  size_t length = 1;
  while (length < rest.size() && rest[length] == rest[1]) ++length;
  if (length < rest.size() && rest[length] >= '0' && rest[length] <= '9') return {};
  return rest.substr(0, length);
}

std::string FormatPiece(const Time& time, const Civil& c, std::string_view piece) {
  const int hour12 = c.hour % 12 == 0 ? 12 : c.hour % 12;
  const auto month = kMonths[static_cast<size_t>(c.month - 1)];
  const auto weekday = kWeekdays[static_cast<size_t>(c.weekday)];
  if (piece == "January") return std::string(month);
  if (piece == "Jan") return std::string(month.substr(0, 3));
  if (piece == "Monday") return std::string(weekday);
  if (piece == "Mon") return std::string(weekday.substr(0, 3));
  if (piece == "MST") return time.zone;
  if (piece == "2006") return c.year < 0 ? fmt::format("-{:04}", -c.year) : fmt::format("{:04}", c.year);
  if (piece == "_2006") return "_" + fmt::format("{:04}", c.year);
  if (piece == "15") return fmt::format("{:02}", c.hour);
  if (piece == "01") return fmt::format("{:02}", c.month);
  if (piece == "02") return fmt::format("{:02}", c.day);
  if (piece == "03") return fmt::format("{:02}", hour12);
  if (piece == "04") return fmt::format("{:02}", c.minute);
  if (piece == "05") return fmt::format("{:02}", c.second);
  if (piece == "06") return fmt::format("{:02}", ((c.year % 100) + 100) % 100);
  if (piece == "002") return fmt::format("{:03}", c.year_day);
  if (piece == "__2") return fmt::format("{:3}", c.year_day);
  if (piece == "_2") return fmt::format("{:2}", c.day);
  if (piece == "PM") return c.hour >= 12 ? "PM" : "AM";
  if (piece == "pm") return c.hour >= 12 ? "pm" : "am";
  if (piece == "1") return fmt::format("{}", c.month);
  if (piece == "2") return fmt::format("{}", c.day);
  if (piece == "3") return fmt::format("{}", hour12);
  if (piece == "4") return fmt::format("{}", c.minute);
  if (piece == "5") return fmt::format("{}", c.second);
  return FormatOffset(time.utc_offset, piece);
}

tl::unexpected<Error> WrongCount(std::string_view name, size_t want, size_t got) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("wrong number of args for {}: want {} got {}", name, want, got));
}

// Nanoseconds in 64 bits end after 292 years; Go's Sub saturates, too.
std::chrono::nanoseconds Between(Timestamp from, Timestamp to) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 1'000'000;
  constexpr int64_t kBound = std::numeric_limits<int64_t>::max() / 4;
  const int64_t difference =
      std::clamp(to.millis(), -kBound, kBound) - std::clamp(from.millis(), -kBound, kBound);
  if (difference > kMost) return std::chrono::nanoseconds::max();
  if (difference < -kMost) return std::chrono::nanoseconds::min();
  return std::chrono::nanoseconds(difference * 1'000'000);
}

std::optional<Value> TimeGetter(const Time& time, std::string_view name) {
  const Civil c = ToCivil(time);
  const int64_t millis = time.at.millis();
  const int64_t seconds = (millis - ((millis % 1000) + 1000) % 1000) / 1000;
  if (name == "Unix") return seconds;
  if (name == "UnixMilli") return millis;
  if (name == "UnixMicro") return millis * 1000;
  if (name == "UnixNano") return Between(Timestamp(), time.at).count();
  if (name == "Year") return c.year;
  if (name == "Day") return c.day;
  if (name == "YearDay") return c.year_day;
  if (name == "Hour") return c.hour;
  if (name == "Minute") return c.minute;
  if (name == "Second") return c.second;
  if (name == "Nanosecond") return c.millis * 1'000'000;
  if (name == "UTC" || name == "Local") return Value(time.at);
  if (name == "String") return FormatTime(time, kGoTimeString);
  if (name == "IsZero") return time.at.millis() == -62'135'596'800'000;
  return std::nullopt;
}

}  // namespace

std::string FormatTime(const Time& time, std::string_view layout) {
  const Civil civil = ToCivil(time);
  std::string out;
  while (!layout.empty()) {
    std::string_view piece = FractionPiece(layout);
    if (!piece.empty()) {
      out += FormatFraction(civil.millis, piece);
    } else {
      piece = NextPiece(layout);
      out += piece.empty() ? std::string(layout.substr(0, 1)) : FormatPiece(time, civil, piece);
      if (piece.empty()) piece = layout.substr(0, 1);
    }
    layout.remove_prefix(piece.size());
  }
  return out;
}

Result<Time> InZone(const Time& time, const std::string& name) {
  const auto local = LookUpZone(name, time.at);
  if (!local) return tl::unexpected(local.error());
  return Time{time.at, local->offset, local->abbreviation};
}

std::optional<Result<Value>> CallTimeMethod(const Time& time, std::string_view name,
                                            std::span<const Value> args) {
  if (auto value = TimeGetter(time, name)) {
    if (!args.empty()) return WrongCount(name, 0, args.size());
    return std::move(*value);
  }
  if (name == "Month" || name == "Weekday" || name == "Location" || name == "In") {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("time.Time's method {} is not supported; use Format, date or tz", name));
  }
  constexpr std::array<std::string_view, 6> kUnary = {"Format", "Sub", "Add", "Before", "After", "Equal"};
  if (std::find(kUnary.begin(), kUnary.end(), name) == kUnary.end()) return std::nullopt;
  if (args.size() != 1) return WrongCount(name, 1, args.size());
  const Value& arg = args[0];
  if (name == "Format") {
    if (arg.As<std::string>() == nullptr) return WrongType("string", arg);
    return Value(FormatTime(time, *arg.As<std::string>()));
  }
  if (name == "Add") {
    const auto* duration = arg.As<Value::Nanoseconds>();
    if (duration == nullptr) return WrongType("time.Duration", arg);
    return Value(Time{time.at + std::chrono::floor<Duration>(*duration), time.utc_offset, time.zone});
  }
  const auto* other = arg.As<Time>();
  if (other == nullptr) return WrongType("time.Time", arg);
  if (name == "Sub") return Value(Between(other->at, time.at));
  if (name == "Before") return Value(time.at < other->at);
  if (name == "After") return Value(time.at > other->at);
  return Value(time.at == other->at);
}

std::optional<Result<Value>> CallDurationMethod(Value::Nanoseconds duration, std::string_view name,
                                                std::span<const Value> args) {
  const auto nanos = static_cast<double>(duration.count());
  std::optional<Value> value;
  if (name == "Seconds") value = nanos / 1e9;
  if (name == "Minutes") value = nanos / 6e10;
  if (name == "Hours") value = nanos / 3.6e12;
  if (name == "Milliseconds") value = int64_t{duration.count() / 1'000'000};
  if (name == "Microseconds") value = int64_t{duration.count() / 1000};
  if (name == "Nanoseconds") value = int64_t{duration.count()};
  if (name == "String") value = FormatGoDuration(duration);
  if (name == "Abs") value = duration < Value::Nanoseconds(0) ? -duration : duration;
  if (value) {
    if (!args.empty()) return WrongCount(name, 0, args.size());
    return std::move(*value);
  }
  if (name != "Round" && name != "Truncate") return std::nullopt;
  if (args.size() != 1) return WrongCount(name, 1, args.size());
  const auto* unit = args[0].As<Value::Nanoseconds>();
  if (unit == nullptr) return WrongType("time.Duration", args[0]);
  if (unit->count() <= 0) return Value(duration);
  const Value::Nanoseconds rest = duration % *unit;
  Value::Nanoseconds rounded = duration - rest;
  if (name == "Round" && std::chrono::abs(rest) >= *unit - std::chrono::abs(rest)) {
    rounded += rest.count() < 0 ? -*unit : *unit;
  }
  return Value(rounded);
}

}  // namespace tocsin::templating
