#include <algorithm>
#include <cmath>
#include <numbers>

#include "alerting/promql/functions/function.h"
#include "alerting/promql/functions/kernels.h"

namespace tocsin::promql {
namespace {

namespace k = kernels;
constexpr auto kS = model::ValueType::kScalar;
constexpr auto kV = model::ValueType::kVector;
constexpr auto kM = model::ValueType::kMatrix;
constexpr auto kT = model::ValueType::kString;

double Degrees(double cell, k::Params) { return cell * 180 / std::numbers::pi; }
double Radians(double cell, k::Params) { return cell * std::numbers::pi / 180; }

template <double (*Math)(double)>
CellKernel Of() {
  return {[](double cell, k::Params) { return Math(cell); }};
}

Function CellWise(std::string_view name, CellKernel kernel, std::string_view doc) {
  return {name, {kV}, 0, kV, false, kernel, doc};
}
Function Calendar(std::string_view name, CellKernel kernel, std::string_view doc) {
  return {name, {kV}, 1, kV, false, kernel, doc};
}
Function OverRange(std::string_view name, WindowKernel kernel, std::string_view doc) {
  return {name, {kM}, 0, kV, false, kernel, doc};
}
Function Experimental(Function function) {
  function.experimental = true;
  return function;
}

void AddMath(std::vector<Function>& table) {
  table.insert(
      table.end(),
      {CellWise("abs", Of<std::fabs>(), "absolute value"),
       CellWise("acos", Of<std::acos>(), "arc cosine"),
       CellWise("acosh", Of<std::acosh>(), "inverse hyperbolic cosine"),
       CellWise("asin", Of<std::asin>(), "arc sine"),
       CellWise("asinh", Of<std::asinh>(), "inverse hyperbolic sine"),
       CellWise("atan", Of<std::atan>(), "arc tangent"),
       CellWise("atanh", Of<std::atanh>(), "inverse hyperbolic tangent"),
       CellWise("ceil", Of<std::ceil>(), "rounded up"),
       CellWise("cos", Of<std::cos>(), "cosine"),
       CellWise("cosh", Of<std::cosh>(), "hyperbolic cosine"),
       CellWise("deg", {Degrees}, "radians to degrees"),
       CellWise("exp", Of<std::exp>(), "e to the power of the value"),
       CellWise("floor", Of<std::floor>(), "rounded down"),
       CellWise("ln", Of<std::log>(), "natural logarithm"),
       CellWise("log10", Of<std::log10>(), "decimal logarithm"),
       CellWise("log2", Of<std::log2>(), "binary logarithm"),
       CellWise("rad", {Radians}, "degrees to radians"),
       CellWise("sgn", {k::Sgn}, "-1, 0 or 1 by the sign"),
       CellWise("sin", Of<std::sin>(), "sine"),
       CellWise("sinh", Of<std::sinh>(), "hyperbolic sine"),
       CellWise("sqrt", Of<std::sqrt>(), "square root"),
       CellWise("tan", Of<std::tan>(), "tangent"),
       CellWise("tanh", Of<std::tanh>(), "hyperbolic tangent"),
       {"clamp", {kV, kS, kS}, 0, kV, false, CellKernel{k::Clamp}, "kept between two bounds"},
       {"clamp_max", {kV, kS}, 0, kV, false, CellKernel{k::ClampMax}, "kept below a bound"},
       {"clamp_min", {kV, kS}, 0, kV, false, CellKernel{k::ClampMin}, "kept above a bound"},
       {"round", {kV, kS}, 1, kV, false, CellKernel{k::Round}, "to the nearest multiple, of 1 by default"},
       {"pi", {}, 0, kS, false, ColumnsKernel{k::Pi}, "the number pi"},
       {"scalar", {kV}, 0, kS, false, ColumnsKernel{k::ScalarOf}, "the value of the only element, else NaN"},
       {"time", {}, 0, kS, false, ColumnsKernel{k::Time}, "the evaluation's time in seconds"},
       {"vector", {kS}, 0, kV, false, ColumnsKernel{k::VectorOf}, "a scalar as one element without labels"}});
}

void AddCalendar(std::vector<Function>& table) {
  table.insert(table.end(),
               {Calendar("day_of_month", {k::DayOfMonth}, "1 to 31, in UTC"),
                Calendar("day_of_week", {k::DayOfWeek}, "0 (Sunday) to 6, in UTC"),
                Calendar("day_of_year", {k::DayOfYear}, "1 to 366, in UTC"),
                Calendar("days_in_month", {k::DaysInMonth}, "28 to 31, in UTC"),
                Calendar("hour", {k::Hour}, "0 to 23, in UTC"),
                Calendar("minute", {k::Minute}, "0 to 59"),
                Calendar("month", {k::Month}, "1 to 12, in UTC"),
                Calendar("year", {k::Year}, "of the date, in UTC"),
                {"timestamp", {kV}, 0, kV, false, SampleTimeKernel{}, "the samples' own times in seconds"}});
}

void AddRanges(std::vector<Function>& table) {
  table.insert(
      table.end(),
      {OverRange("rate", {.wants_counter = true, .run_all = k::Rate},
                 "a counter's increase a second, extrapolated to the range"),
       OverRange("increase", {.wants_counter = true, .run_all = k::Increase},
                 "a counter's increase, extrapolated to the range"),
       OverRange("delta", {.run_all = k::Delta}, "a gauge's difference, extrapolated to the range"),
       OverRange("irate", {k::Irate}, "a counter's rate between the last two samples"),
       OverRange("idelta", {k::Idelta}, "the difference of the last two samples"),
       OverRange("resets", {k::Resets}, "how often a counter fell"),
       OverRange("changes", {k::Changes}, "how often the value changed"),
       OverRange("deriv", {k::Deriv}, "slope a second by linear regression"),
       {"predict_linear",
        {kM, kS},
        0,
        kV,
        false,
        WindowKernel{k::PredictLinear},
        "value in so many seconds by linear regression"},
       {"double_exponential_smoothing",
        {kM, kS, kS},
        0,
        kV,
        true,
        WindowKernel{k::DoubleExponentialSmoothing, false, k::SmoothingFault},
        "smoothed value with a trend"},
       OverRange("avg_over_time", {.wants_sums = true, .run_all = k::AvgOverTime}, "mean of the samples"),
       OverRange("count_over_time", {k::CountOverTime}, "number of samples"),
       OverRange("last_over_time", {k::LastOverTime, true}, "newest sample; keeps the metric's name"),
       OverRange("max_over_time", {k::MaxOverTime}, "greatest sample"),
       OverRange("min_over_time", {k::MinOverTime}, "least sample"),
       OverRange("present_over_time", {k::PresentOverTime}, "1 for a series with samples"),
       {"quantile_over_time",
        {kS, kM},
        0,
        kV,
        false,
        WindowKernel{k::QuantileOverTime, false, nullptr, false, true},
        "quantile of the samples"},
       OverRange("stddev_over_time", {.run_all = k::StddevOverTime}, "standard deviation of the samples"),
       OverRange("stdvar_over_time", {.run_all = k::StdvarOverTime}, "variance of the samples"),
       OverRange("sum_over_time", {.wants_sums = true, .run_all = k::SumOverTime}, "sum of the samples"),
       Experimental(OverRange("mad_over_time", {k::MadOverTime}, "median absolute deviation of the samples")),
       Experimental(OverRange("ts_of_last_over_time", {k::TimeOfLast}, "time of the newest sample")),
       Experimental(OverRange("ts_of_max_over_time", {k::TimeOfMax}, "time of the last greatest sample")),
       Experimental(OverRange("ts_of_min_over_time", {k::TimeOfMin}, "time of the last least sample")),
       {"absent_over_time",
        {kM},
        0,
        kV,
        false,
        ColumnsKernel{k::AbsentVector},
        "1 when no series has a sample"}});
}

void AddVectors(std::vector<Function>& table) {
  table.insert(
      table.end(),
      {{"absent", {kV}, 0, kV, false, ColumnsKernel{k::AbsentVector}, "1 when the vector is empty"},
       {"label_join",
        {kV, kT, kT, kT},
        -1,
        kV,
        false,
        ColumnsKernel{k::LabelJoin},
        "a label made of other labels' values"},
       {"label_replace",
        {kV, kT, kT, kT, kT},
        0,
        kV,
        false,
        ColumnsKernel{k::LabelReplace},
        "a label made of what a regular expression finds"},
       {"sort", {kV}, 0, kV, false, ColumnsKernel{k::Sort}, "ascending by value (instant queries)"},
       {"sort_desc", {kV}, 0, kV, false, ColumnsKernel{k::SortDesc}, "descending by value (instant queries)"},
       {"sort_by_label", {kV, kT}, -1, kV, true, ColumnsKernel{k::SortByLabel}, "ascending by labels"},
       {"sort_by_label_desc",
        {kV, kT},
        -1,
        kV,
        true,
        ColumnsKernel{k::SortByLabelDesc},
        "descending by labels"},
       {"info", {kV, kV}, 1, kV, true, InfoKernel{}, "labels of info metrics added", true},
       {"histogram_avg", {kV}, 0, kV, false, ColumnsKernel{k::NothingOfFloats}, "mean of native histograms"},
       {"histogram_count",
        {kV},
        0,
        kV,
        false,
        ColumnsKernel{k::NothingOfFloats},
        "count of native histograms"},
       {"histogram_sum", {kV}, 0, kV, false, ColumnsKernel{k::NothingOfFloats}, "sum of native histograms"},
       {"histogram_stddev",
        {kV},
        0,
        kV,
        false,
        ColumnsKernel{k::NothingOfFloats},
        "standard deviation of native histograms"},
       {"histogram_stdvar",
        {kV},
        0,
        kV,
        false,
        ColumnsKernel{k::NothingOfFloats},
        "variance of native histograms"},
       {"histogram_fraction",
        {kS, kS, kV},
        0,
        kV,
        false,
        ColumnsKernel{k::HistogramFraction},
        "share of observations between two bounds"},
       {"histogram_quantile",
        {kS, kV},
        0,
        kV,
        false,
        ColumnsKernel{k::HistogramQuantile},
        "quantile of the observations"}});
}

std::vector<Function> MakeTable() {
  std::vector<Function> table;
  AddMath(table);
  AddCalendar(table);
  AddRanges(table);
  AddVectors(table);
  std::sort(table.begin(), table.end(), [](const Function& a, const Function& b) { return a.name < b.name; });
  return table;
}

}  // namespace

const std::vector<Function>& AllFunctions() {
  static const std::vector<Function> kTable = MakeTable();
  return kTable;
}

const Function* FindFunction(std::string_view name) {
  const std::vector<Function>& table = AllFunctions();
  auto it = std::lower_bound(
      table.begin(), table.end(), name,
      [](const Function& function, std::string_view wanted) { return function.name < wanted; });
  return it != table.end() && it->name == name ? &*it : nullptr;
}

}  // namespace tocsin::promql
