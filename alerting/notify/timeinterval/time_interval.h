// Recurring stretches of time by the calendar: "weekdays, 9 to 17 in Berlin, but not in August".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace tocsin::notify {

/// From begin to end, both included; what is counted is said where it is used.
struct NumberRange {
  int begin = 0;
  int end = 0;
  friend bool operator==(const NumberRange&, const NumberRange&) = default;
};

/// Holds at a moment when each of its lists that is not empty has a range with that moment in it.
struct TimeInterval {
  std::vector<NumberRange> times;     ///< minutes of the day, the end not included
  std::vector<NumberRange> weekdays;  ///< 0 is Sunday
  std::vector<NumberRange>
      days_of_month;                ///< from 1; negative ones count from the month's end, -1 the last day
  std::vector<NumberRange> months;  ///< from 1
  std::vector<NumberRange> years;
  std::string location;  ///< a zone of the tz database; "" is UTC, "Local" the system's

  bool Contains(Timestamp at) const;
};

struct NamedTimeInterval {
  std::string name;
  std::vector<TimeInterval> intervals;  ///< it holds when one of them does

  bool Contains(Timestamp at) const;
};

/// kInvalidArgument when the system does not know the zone.
Status CheckLocation(const std::string& location);

// The words of a configuration, as Alertmanager reads them; kInvalidArgument with its wording.

/// "09:30" or "24:00" to minutes of the day.
Result<int> ParseTimeOfDay(const std::string& text);
/// "monday:friday", "sunday".
Result<NumberRange> ParseWeekdays(const std::string& text);
/// "1:5", "-3:-1", "15".
Result<NumberRange> ParseDaysOfMonth(const std::string& text);
/// "march:may", "12", "1:3".
Result<NumberRange> ParseMonths(const std::string& text);
/// "2026:2028", "2026".
Result<NumberRange> ParseYears(const std::string& text);

}  // namespace tocsin::notify
