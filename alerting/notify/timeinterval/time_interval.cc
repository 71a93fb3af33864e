#include "alerting/notify/timeinterval/time_interval.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <ctime>
#include <string_view>

#include <fmt/format.h>

#include "alerting/template/zone.h"

namespace tocsin::notify {
namespace {

constexpr std::array<std::string_view, 7> kWeekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                    "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 12> kMonths{"january",   "february", "march",    "april",
                                                   "may",       "june",     "july",     "august",
                                                   "september", "october",  "november", "december"};

/// The calendar as it hangs on a wall somewhere.
struct WallTime {
  int minute = 0;  ///< of the day
  int weekday = 0;
  int day = 0;
  int days_in_month = 0;
  int month = 0;
  int year = 0;
};

std::chrono::seconds OffsetOf(const std::string& location, Timestamp at) {
  if (location == "Local") {
    const std::time_t seconds = at.millis() / 1000;
    std::tm local{};
    if (localtime_r(&seconds, &local) == nullptr) return std::chrono::seconds(0);
    return std::chrono::seconds(local.tm_gmtoff);
  }
  auto zone = templating::LookUpZone(location, at);
  return zone ? zone->offset : std::chrono::seconds(0);  // the name was checked when it was read
}

WallTime WallTimeOf(const std::string& location, Timestamp at) {
  using std::chrono::days;
  using std::chrono::floor;
  const std::chrono::sys_seconds local(floor<std::chrono::seconds>(std::chrono::milliseconds(at.millis())) +
                                       OffsetOf(location, at));
  const auto midnight = floor<days>(local);
  const std::chrono::year_month_day date(midnight);
  WallTime wall;
  wall.minute = static_cast<int>(floor<std::chrono::minutes>(local - midnight).count());
  wall.weekday = static_cast<int>(std::chrono::weekday(midnight).c_encoding());
  wall.day = static_cast<int>(static_cast<unsigned>(date.day()));
  wall.month = static_cast<int>(static_cast<unsigned>(date.month()));
  wall.year = static_cast<int>(date.year());
  const std::chrono::year_month_day_last last(date.year() / date.month() / std::chrono::last);
  wall.days_in_month = static_cast<int>(static_cast<unsigned>(last.day()));
  return wall;
}

/// True of an empty list, which asks nothing.
bool AnyHolds(const std::vector<NumberRange>& ranges, int value) {
  return ranges.empty() || std::any_of(ranges.begin(), ranges.end(), [value](const NumberRange& range) {
           return value >= range.begin && value <= range.end;
         });
}

bool DayHolds(const std::vector<NumberRange>& ranges, const WallTime& wall) {
  if (ranges.empty()) return true;
  const int last = wall.days_in_month;
  return std::any_of(ranges.begin(), ranges.end(), [&](const NumberRange& range) {
    const int begin = range.begin < 0 ? last + range.begin + 1 : range.begin;
    const int end = range.end < 0 ? last + range.end + 1 : range.end;
    // A range that begins after the month's end has no day in it; one that ends there is cut.
    return begin <= last && wall.day >= begin && wall.day <= std::min(end, last);
  });
}

tl::unexpected<Error> Bad(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

Result<int> ParseNumber(std::string_view text) {
  int number = 0;
  const char* end = text.data() + text.size();
  if (text.empty() || std::from_chars(text.data(), end, number).ptr != end) {
    return Bad(fmt::format("\"{}\" is not a number", text));
  }
  return number;
}

/// "a:b" or "a", each read by `parse`.
template <typename Parse>
Result<NumberRange> ParseRange(const std::string& text, Parse parse) {
  const size_t colon = text.find(':');
  if (colon != std::string::npos && text.find(':', colon + 1) != std::string::npos) {
    return Bad(fmt::format("invalid range \"{}\"", text));
  }
  Result<int> begin = parse(text.substr(0, colon));
  if (!begin) return Fail(begin.error());
  Result<int> end = colon == std::string::npos ? begin : parse(text.substr(colon + 1));
  if (!end) return Fail(end.error());
  return NumberRange{*begin, *end};
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return text;
}

template <size_t N>
std::optional<int> IndexOf(const std::array<std::string_view, N>& names, const std::string& name) {
  auto found = std::find(names.begin(), names.end(), Lower(name));
  if (found == names.end()) return std::nullopt;
  return static_cast<int>(found - names.begin());
}

}  // namespace

bool TimeInterval::Contains(Timestamp at) const {
  const WallTime wall = WallTimeOf(location, at);
  const bool in_times =
      times.empty() || std::any_of(times.begin(), times.end(), [&](const NumberRange& range) {
        return wall.minute >= range.begin && wall.minute < range.end;
      });
  return in_times && DayHolds(days_of_month, wall) && AnyHolds(months, wall.month) &&
         AnyHolds(weekdays, wall.weekday) && AnyHolds(years, wall.year);
}

bool NamedTimeInterval::Contains(Timestamp at) const {
  return std::any_of(intervals.begin(), intervals.end(),
                     [at](const TimeInterval& interval) { return interval.Contains(at); });
}

Status CheckLocation(const std::string& location) {
  if (location == "Local") return {};
  auto zone = templating::LookUpZone(location, Timestamp());
  if (!zone && zone.error().code() == ErrorCode::kInvalidArgument) return Fail(zone.error());
  return {};
}

Result<int> ParseTimeOfDay(const std::string& text) {
  auto digit = [&text](size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  const bool shaped = text.size() == 5 && text[2] == ':' && digit(0) && digit(1) && digit(3) && digit(4);
  const int hours = shaped ? (text[0] - '0') * 10 + text[1] - '0' : 99;
  const int minutes = shaped ? (text[3] - '0') * 10 + text[4] - '0' : 99;
  const int total = hours * 60 + minutes;
  if (minutes > 59 || total > 24 * 60) {
    return Bad(fmt::format("couldn't parse timestamp {}, invalid format", text));
  }
  return total;
}

Result<NumberRange> ParseWeekdays(const std::string& text) {
  auto range = ParseRange(text, [](const std::string& name) -> Result<int> {
    if (auto day = IndexOf(kWeekdays, name)) return *day;
    return Bad(fmt::format("{} is not a valid weekday", name));
  });
  if (range && range->begin > range->end) return Bad("start day cannot be before end day");
  return range;
}

Result<NumberRange> ParseDaysOfMonth(const std::string& text) {
  auto range = ParseRange(text, [](const std::string& day) { return ParseNumber(day); });
  if (!range) return range;
  for (const int day : {range->begin, range->end}) {
    if (day == 0 || day < -31 || day > 31) {
      return Bad(fmt::format("{} is not a valid day of the month: out of range", day));
    }
  }
  if (range->begin < 0 && range->end > 0) return Bad("end day must be negative if start day is negative");
  // Compared as in the longest month, as the range may be good in some month.
  const int begin = range->begin < 0 ? 32 + range->begin : range->begin;
  const int end = range->end < 0 ? 32 + range->end : range->end;
  if (begin > end)
    return Bad(fmt::format("end day {} is always before start day {}", range->end, range->begin));
  return range;
}

Result<NumberRange> ParseMonths(const std::string& text) {
  auto range = ParseRange(text, [](const std::string& name) -> Result<int> {
    if (auto month = IndexOf(kMonths, name)) return *month + 1;
    auto number = ParseNumber(name);
    if (!number || *number < 1 || *number > 12) return Bad(fmt::format("{} is not a valid month", name));
    return number;
  });
  if (range && range->begin > range->end)
    return Bad(fmt::format("end month {} is before start month {}", range->end, range->begin));
  return range;
}

Result<NumberRange> ParseYears(const std::string& text) {
  auto range = ParseRange(text, [](const std::string& year) { return ParseNumber(year); });
  if (range && range->begin > range->end)
    return Bad(fmt::format("end year {} is before start year {}", range->end, range->begin));
  return range;
}

}  // namespace tocsin::notify
