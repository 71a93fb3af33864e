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
  const bool colon = piece.find(':') != std::string_view::npos;
  out += fmt::format("{}{:02}", colon ? ":" : "", total / 60 % 60);
  if (piece.size() < 7) return out;  // up to "-07:00"
  return out + fmt::format("{}{:02}", colon ? ":" : "", total % 60);
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
  constexpr std::array<std::string_view, 34> kPieces = {
      "January", "Jan", "Monday",  "Mon",       "MST",    "2006",  "15",      "01",        "02",
      "03",      "04",  "05",      "06",        "002",    "_2006", "__2",     "_2",        "PM",
      "pm",      "1",   "2",       "3",         "4",      "5",     "Z070000", "Z07:00:00", "Z07:00",
      "Z0700",   "Z07", "-070000", "-07:00:00", "-07:00", "-0700", "-07"};
  for (const std::string_view piece : kPieces) {
    if (!rest.starts_with(piece)) continue;
    const char next = rest.size() > piece.size() ? rest[piece.size()] : '\0';
    // "January" and "Monday" came first; "Janet" is no month, and "Money" no day.
    if ((piece == "Jan" || piece == "Mon") && next >= 'a' && next <= 'z') return {};
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
  if (name == "Month") return Named{Named::Type::kMonth, c.month};
  if (name == "Weekday") return Named{Named::Type::kWeekday, c.weekday};
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

// As in Go, what is too much of one part goes over to the next.
Result<Value> AddDate(const Time& time, std::span<const Value> args) {
  if (args.size() != 3) return WrongCount("AddDate", 3, args.size());
  std::array<int64_t, 3> add{};
  constexpr int64_t kMost = 1'000'000;
  for (size_t i = 0; i < add.size(); ++i) {
    const auto* number = args[i].As<int64_t>();
    if (number == nullptr) return WrongType("int", args[i]);
    add[i] = std::clamp(*number, -kMost, kMost);
  }
  const Civil c = ToCivil(time);
  const int64_t month = c.month - 1 + add[1];
  const int64_t years = month >= 0 ? month / 12 : -((11 - month) / 12);
  constexpr int64_t kLastYear = 25'000;
  const int64_t year = std::clamp(c.year + add[0] + years, -kLastYear, kLastYear);
  const std::chrono::sys_days first = std::chrono::year(static_cast<int>(year)) /
                                      std::chrono::month(static_cast<unsigned>(month - years * 12) + 1) / 1;
  const auto before =
      std::chrono::sys_days(std::chrono::year(c.year) / std::chrono::month(static_cast<unsigned>(c.month)) /
                            std::chrono::day(static_cast<unsigned>(c.day)));
  const auto moved = first - before + days(c.day - 1 + add[2]);
  return Value(Time{time.at + std::chrono::duration_cast<Duration>(moved), time.utc_offset, time.zone});
}

/// Go counts multiples from the first day of year 1.
Time ToMultiple(const Time& time, std::chrono::nanoseconds unit, bool round) {
  if (unit.count() <= 0) return time;
  __extension__ using Wide = __int128;
  const Wide since = (Wide{time.at.millis()} + 62'135'596'800'000) * 1'000'000;
  Wide rest = since % unit.count();
  if (rest < 0) rest += unit.count();
  const bool up = round && rest + rest >= unit.count();
  const Wide nanos = Wide{time.at.millis()} * 1'000'000 - rest + (up ? unit.count() : 0);
  const Wide millis = nanos >= 0 ? nanos / 1'000'000 : -((999'999 - nanos) / 1'000'000);
  return {Timestamp::FromMillis(static_cast<int64_t>(millis)), time.utc_offset, time.zone};
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
  constexpr std::array<std::pair<std::string_view, int>, 4> kSeveral = {
      {{"Date", 3}, {"Clock", 3}, {"ISOWeek", 2}, {"Zone", 2}}};
  for (const auto& [method, results] : kSeveral) {
    if (name != method) continue;
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("can't call method/function \"{}\" with {} results", name, results));
  }
  if (name == "Location" || name == "In") {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("time.Time's method {} is not supported; use Format, date or tz", name));
  }
  if (name == "AddDate") return AddDate(time, args);
  constexpr std::array<std::string_view, 9> kUnary = {"Format", "Sub",     "Add",      "Before", "After",
                                                      "Equal",  "Compare", "Truncate", "Round"};
  if (std::find(kUnary.begin(), kUnary.end(), name) == kUnary.end()) return std::nullopt;
  if (args.size() != 1) return WrongCount(name, 1, args.size());
  const Value& arg = args[0];
  if (name == "Format") {
    if (arg.As<std::string>() == nullptr) return WrongType("string", arg);
    return Value(FormatTime(time, *arg.As<std::string>()));
  }
  if (name == "Add" || name == "Truncate" || name == "Round") {
    const auto* duration = arg.As<Value::Nanoseconds>();
    if (duration == nullptr) return WrongType("time.Duration", arg);
    if (name != "Add") return Value(ToMultiple(time, *duration, name == "Round"));
    return Value(Time{time.at + std::chrono::floor<Duration>(*duration), time.utc_offset, time.zone});
  }
  const auto* other = arg.As<Time>();
  if (other == nullptr) return WrongType("time.Time", arg);
  if (name == "Sub") return Value(Between(other->at, time.at));
  if (name == "Compare") return Value(time.at < other->at ? -1 : time.at > other->at ? 1 : 0);
  if (name == "Before") return Value(time.at < other->at);
  if (name == "After") return Value(time.at > other->at);
  return Value(time.at == other->at);
}

std::string NameOf(const Named& named) {
  const bool month = named.type == Named::Type::kMonth;
  const int64_t place = month ? named.number - 1 : named.number;
  const auto count = static_cast<int64_t>(month ? kMonths.size() : kWeekdays.size());
  if (place < 0 || place >= count) return fmt::format("%!{}({})", month ? "Month" : "Weekday", named.number);
  return std::string(month ? kMonths[static_cast<size_t>(place)] : kWeekdays[static_cast<size_t>(place)]);
}

std::optional<Result<Value>> CallNamedMethod(const Named& named, std::string_view name,
                                             std::span<const Value> args) {
  if (name != "String") return std::nullopt;
  if (!args.empty()) return WrongCount(name, 0, args.size());
  return Value(NameOf(named));
}

std::optional<Result<Value>> CallDurationMethod(Value::Nanoseconds duration, std::string_view name,
                                                std::span<const Value> args) {
  // As Go does it, whole units and the rest apart.
  const auto in = [&](int64_t unit) {
    const int64_t whole = duration.count() / unit;
    return static_cast<double>(whole) +
           static_cast<double>(duration.count() % unit) / static_cast<double>(unit);
  };
  std::optional<Value> value;
  if (name == "Seconds") value = in(1'000'000'000);
  if (name == "Minutes") value = in(60'000'000'000);
  if (name == "Hours") value = in(3'600'000'000'000);
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
