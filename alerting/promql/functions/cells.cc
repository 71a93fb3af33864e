#include <chrono>
#include <cmath>
#include <limits>

#include "alerting/promql/functions/kernels.h"

namespace tocsin::promql::kernels {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

// Beyond this many seconds the calendar's year does not fit; nobody's clock is there.
constexpr double kCalendarEnd = 9e11;

/// Calls `part` with the day and the second of it; NaN for a time without a date.
template <typename Part>
double OfCalendar(double cell, Part part) {
  if (!(std::fabs(cell) < kCalendarEnd)) return model::NormalNan();
  std::chrono::sys_seconds time{seconds(static_cast<int64_t>(cell))};
  auto day = std::chrono::floor<days>(time);
  return static_cast<double>(part(day, (time - day).count()));
}

/// As Go's math.Min and math.Max: the extreme infinity on either side is the result, else a NaN is.
double MinOf(double a, double b) {
  constexpr double kLeast = -std::numeric_limits<double>::infinity();
  if (a == kLeast || b == kLeast) return kLeast;
  return std::isnan(a) || std::isnan(b) ? model::NormalNan() : std::fmin(a, b);
}
double MaxOf(double a, double b) {
  constexpr double kGreatest = std::numeric_limits<double>::infinity();
  if (a == kGreatest || b == kGreatest) return kGreatest;
  return std::isnan(a) || std::isnan(b) ? model::NormalNan() : std::fmax(a, b);
}

}  // namespace

double Clamp(double cell, Params params) {
  if (params[1] < params[0]) return Absent();
  return MaxOf(params[0], MinOf(params[1], cell));
}
double ClampMax(double cell, Params params) { return MinOf(params[0], cell); }
double ClampMin(double cell, Params params) { return MaxOf(params[0], cell); }

double Round(double cell, Params params) {
  double inverse = 1.0 / (params.empty() ? 1.0 : params[0]);
  return std::floor(cell * inverse + 0.5) / inverse;
}

double Sgn(double cell, Params) { return cell < 0 ? -1 : cell > 0 ? 1 : cell; }

double DaysInMonth(double cell, Params) {
  return OfCalendar(cell, [](sys_days day, int64_t) {
    year_month_day date(day);
    return static_cast<unsigned>((date.year() / date.month() / std::chrono::last).day());
  });
}
double DayOfMonth(double cell, Params) {
  return OfCalendar(cell,
                    [](sys_days day, int64_t) { return static_cast<unsigned>(year_month_day(day).day()); });
}
double DayOfWeek(double cell, Params) {
  return OfCalendar(cell, [](sys_days day, int64_t) { return std::chrono::weekday(day).c_encoding(); });
}
double DayOfYear(double cell, Params) {
  return OfCalendar(cell, [](sys_days day, int64_t) {
    auto new_year = sys_days(year_month_day(day).year() / std::chrono::January / 1);
    return (day - new_year).count() + 1;
  });
}
double Hour(double cell, Params) {
  return OfCalendar(cell, [](sys_days, int64_t second) { return second / 3600; });
}
double Minute(double cell, Params) {
  return OfCalendar(cell, [](sys_days, int64_t second) { return second / 60 % 60; });
}
double Month(double cell, Params) {
  return OfCalendar(cell,
                    [](sys_days day, int64_t) { return static_cast<unsigned>(year_month_day(day).month()); });
}
double Year(double cell, Params) {
  return OfCalendar(cell, [](sys_days day, int64_t) { return static_cast<int>(year_month_day(day).year()); });
}

}  // namespace tocsin::promql::kernels
