// Calendar arithmetic is <chrono>'s year_month_day; only the text around it is ours.
#include "base/time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace tocsin {
namespace {

struct Unit {
  std::string_view name;
  int64_t millis;
};

// Largest first, as a duration must be written.
constexpr std::array<Unit, 7> kUnits{{{"y", 365LL * 24 * 3600 * 1000},
                                      {"w", 7LL * 24 * 3600 * 1000},
                                      {"d", 24LL * 3600 * 1000},
                                      {"h", 3600LL * 1000},
                                      {"m", 60LL * 1000},
                                      {"s", 1000},
                                      {"ms", 1}}};

constexpr int64_t kMaxDurationMillis = 9'223'372'036'854;  // what 64 bits of nanoseconds hold

void AppendDigits(std::string& out, int64_t number, size_t digits) {
  out.append(digits, '0');
  for (auto digit = out.rbegin(); number > 0; ++digit, number /= 10) {
    *digit = static_cast<char>('0' + number % 10);
  }
}

tl::unexpected<Error> BadDuration(std::string_view text) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("not a valid duration string: \"{}\"", text));
}

/// Reads exactly `width` digits at `at`, moving it; -1 when they are not there.
int Digits(std::string_view text, size_t& at, size_t width) {
  if (at + width > text.size()) return -1;
  int value = 0;
  for (size_t i = 0; i < width; ++i) {
    char c = text[at + i];
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  at += width;
  return value;
}

bool Literal(std::string_view text, size_t& at, std::string_view any_of) {
  if (at >= text.size() || any_of.find(text[at]) == std::string_view::npos) return false;
  ++at;
  return true;
}

/// The fraction after the seconds, in milliseconds, further digits cut off.
int64_t Fraction(std::string_view text, size_t& at) {
  int64_t millis = 0;
  int64_t scale = 100;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    millis += (text[at++] - '0') * scale;
    scale /= 10;
  }
  return millis;
}

/// The zone's offset from UTC in minutes: "Z", "+02:00".
bool ZoneOffset(std::string_view text, size_t& at, int& minutes) {
  if (Literal(text, at, "Zz")) {
    minutes = 0;
    return true;
  }
  bool negative = at < text.size() && text[at] == '-';
  if (!Literal(text, at, "+-")) return false;
  int hours = Digits(text, at, 2);
  if (!Literal(text, at, ":")) return false;
  int rest = Digits(text, at, 2);
  if (hours < 0 || hours > 23 || rest < 0 || rest > 59) return false;
  minutes = (negative ? -1 : 1) * (hours * 60 + rest);
  return true;
}

}  // namespace

Timestamp Timestamp::FromSeconds(double seconds) {
  return FromMillis(static_cast<int64_t>(std::llround(seconds * 1000.0)));
}

Result<Duration> ParseDuration(std::string_view text) {
  if (text.empty()) return Fail(ErrorCode::kInvalidArgument, "empty duration string");
  if (text == "0") return Duration(0);
  int64_t total = 0;
  size_t next_unit = 0;
  const char* at = text.data();
  const char* end = at + text.size();
  while (at != end) {
    int64_t number = 0;
    if (*at < '0' || *at > '9') return BadDuration(text);  // from_chars would take a sign
    auto [digits_end, error] = std::from_chars(at, end, number);
    if (error != std::errc{}) return BadDuration(text);
    const char* name_end = digits_end;
    while (name_end != end && (*name_end < '0' || *name_end > '9')) ++name_end;
    std::string_view name(digits_end, static_cast<size_t>(name_end - digits_end));
    if (name.empty()) return BadDuration(text);
    auto unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return u.name == name; });
    if (unit == kUnits.end()) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("unknown unit \"{}\" in duration \"{}\"", name, text));
    }
    if (static_cast<size_t>(unit - kUnits.begin()) < next_unit) return BadDuration(text);
    next_unit = static_cast<size_t>(unit - kUnits.begin());
    int64_t part = 0;
    if (__builtin_mul_overflow(number, kUnits[next_unit].millis, &part) ||
        __builtin_add_overflow(total, part, &total) || total > kMaxDurationMillis) {
      return Fail(ErrorCode::kInvalidArgument, "duration out of range");
    }
    ++next_unit;
    at = name_end;
  }
  return Duration(total);
}

std::string FormatDuration(Duration duration) {
  if (duration.count() == 0) return "0s";
  std::string text;
  uint64_t rest = static_cast<uint64_t>(duration.count());
  if (duration.count() < 0) {
    text = "-";
    rest = 0 - rest;
  }
  for (const Unit& unit : kUnits) {
    uint64_t size = static_cast<uint64_t>(unit.millis);
    // Years and weeks only where nothing smaller is left, as Prometheus prints ("8d", not "1w1d").
    if ((unit.name == "y" || unit.name == "w") && rest % size != 0) continue;
    if (uint64_t count = rest / size; count > 0) {
      text += fmt::format("{}{}", count, unit.name);
      rest %= size;
    }
  }
  return text;
}

std::string FormatRfc3339(Timestamp t) {
  using namespace std::chrono;
  sys_time<milliseconds> point{milliseconds(t.millis())};
  auto day = floor<days>(point);
  year_month_day date(day);
  hh_mm_ss<milliseconds> time(point - day);
  // Written by hand: each alert that is told has several times.
  const auto year = static_cast<int>(date.year());
  std::string text;
  text.reserve(sizeof("2006-01-02T15:04:05.000Z"));
  if (year >= 0 && year <= 9999) {
    AppendDigits(text, year, 4);
  } else {
    text = fmt::format("{:04}", year);
  }
  AppendDigits(text += '-', static_cast<unsigned>(date.month()), 2);
  AppendDigits(text += '-', static_cast<unsigned>(date.day()), 2);
  AppendDigits(text += 'T', time.hours().count(), 2);
  AppendDigits(text += ':', time.minutes().count(), 2);
  AppendDigits(text += ':', time.seconds().count(), 2);
  if (time.subseconds().count() != 0) AppendDigits(text += '.', time.subseconds().count(), 3);
  text += 'Z';
  return text;
}

Result<Timestamp> ParseRfc3339(std::string_view text) {
  using namespace std::chrono;
  auto bad = [&] {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("not an RFC 3339 time: \"{}\"", text));
  };
  size_t at = 0;
  int year = Digits(text, at, 4);
  bool shape = Literal(text, at, "-");
  int month = Digits(text, at, 2);
  shape = shape && Literal(text, at, "-");
  int day = Digits(text, at, 2);
  shape = shape && Literal(text, at, "Tt ");
  int hour = Digits(text, at, 2);
  shape = shape && Literal(text, at, ":");
  int minute = Digits(text, at, 2);
  shape = shape && Literal(text, at, ":");
  int second = Digits(text, at, 2);
  if (!shape || year < 0 || month < 0 || day < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 60) {
    return bad();
  }
  int64_t millis = 0;
  if (Literal(text, at, ".")) {
    size_t before = at;
    millis = Fraction(text, at);
    if (at == before) return bad();
  }
  int zone_minutes = 0;
  if (!ZoneOffset(text, at, zone_minutes) || at != text.size()) return bad();
  year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                      std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return bad();
  auto point =
      sys_days(date) + hours(hour) + minutes(minute - zone_minutes) + seconds(second) + milliseconds(millis);
  return Timestamp::FromMillis(duration_cast<milliseconds>(point.time_since_epoch()).count());
}

}  // namespace tocsin
