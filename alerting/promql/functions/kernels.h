// The kernels that the table names, a file a kind.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "alerting/promql/functions/function.h"

namespace tocsin::promql::kernels {

using Params = std::span<const double>;

// rates.cc: what counters and gauges did within the window
void Rate(const Windows& windows, double* cells);
void Increase(const Windows& windows, double* cells);
void Delta(const Windows& windows, double* cells);
double Irate(const Window& window, Params);
double Idelta(const Window& window, Params);
double Resets(const Window& window, Params);
double Changes(const Window& window, Params);
double Deriv(const Window& window, Params);
double PredictLinear(const Window& window, Params params);
double DoubleExponentialSmoothing(const Window& window, Params params);
std::string SmoothingFault(Params params);

// over_time.cc: aggregation over the window
void AvgOverTime(const Windows& windows, double* cells);
double CountOverTime(const Window& window, Params);
double LastOverTime(const Window& window, Params);
double MadOverTime(const Window& window, Params);
double MaxOverTime(const Window& window, Params);
double MinOverTime(const Window& window, Params);
double PresentOverTime(const Window& window, Params);
double QuantileOverTime(const Window& window, Params params);
void StddevOverTime(const Windows& windows, double* cells);
void StdvarOverTime(const Windows& windows, double* cells);
void SumOverTime(const Windows& windows, double* cells);
double TimeOfLast(const Window& window, Params);
double TimeOfMax(const Window& window, Params);
double TimeOfMin(const Window& window, Params);

// cells.cc: arithmetic and the calendar
double Clamp(double cell, Params params);
double ClampMax(double cell, Params params);
double ClampMin(double cell, Params params);
double Round(double cell, Params params);
double Sgn(double cell, Params);
double DaysInMonth(double cell, Params);
double DayOfMonth(double cell, Params);
double DayOfWeek(double cell, Params);
double DayOfYear(double cell, Params);
double Hour(double cell, Params);
double Minute(double cell, Params);
double Month(double cell, Params);
double Year(double cell, Params);

// histograms.cc
Result<Value> HistogramQuantile(const CallContext& context, std::vector<Value>& args);
Result<Value> HistogramFraction(const CallContext& context, std::vector<Value>& args);
Result<Value> NothingOfFloats(const CallContext& context, std::vector<Value>& args);

// vectors.cc
Result<Value> AbsentVector(const CallContext& context, std::vector<Value>& args);
Result<Value> LabelJoin(const CallContext& context, std::vector<Value>& args);
Result<Value> LabelReplace(const CallContext& context, std::vector<Value>& args);
Result<Value> ScalarOf(const CallContext& context, std::vector<Value>& args);
Result<Value> Sort(const CallContext& context, std::vector<Value>& args);
Result<Value> SortDesc(const CallContext& context, std::vector<Value>& args);
Result<Value> SortByLabel(const CallContext& context, std::vector<Value>& args);
Result<Value> SortByLabelDesc(const CallContext& context, std::vector<Value>& args);
Result<Value> Pi(const CallContext& context, std::vector<Value>& args);
Result<Value> Time(const CallContext& context, std::vector<Value>& args);
Result<Value> VectorOf(const CallContext& context, std::vector<Value>& args);

/// A warning for each value outside [0, 1].
void WarnOfQuantiles(std::span<const double> phis, Span at, Annotations& notes);

/// Linear interpolation between the two nearest of `values`, which it sorts; -Inf and +Inf for a phi outside
/// [0, 1], NaN for NaN and for no values.
double Quantile(double phi, std::vector<double>& values);

}  // namespace tocsin::promql::kernels
