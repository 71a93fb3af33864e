#include <algorithm>
#include <cmath>
#include <limits>

#include "alerting/promql/functions/kahan.h"
#include "alerting/promql/functions/kernels.h"
#include "alerting/promql/parse/printer.h"

namespace tocsin::promql::kernels {
namespace {

double Seconds(int64_t millis) { return static_cast<double>(millis) / 1000; }

/// The index of the last value that beats all before it; NaN
/// gives way to anything.
template <typename Beats>
size_t IndexOfBest(std::span<const double> values, Beats beats) {
  size_t best = 0;
  for (size_t i = 1; i < values.size(); ++i) {
    if (beats(values[i], values[best]) || std::isnan(values[best])) best = i;
  }
  return best;
}

double Variance(const Window& window) {
  KahanSum mean;
  KahanSum squares;
  double count = 0;
  for (double value : window.values) {
    ++count;
    double delta = value - mean.result();
    mean.Add(delta / count);
    squares.Add(delta * (value - mean.result()));
  }
  return squares.result() / count;
}

}  // namespace

void WarnOfQuantiles(std::span<const double> phis, Span at, Annotations& notes) {
  for (double phi : phis) {
    if (phi >= 0 && phi <= 1) continue;
    notes.Warn("quantile value should be between 0 and 1, got " + PrintShort(phi), at);
  }
}

double Quantile(double phi, std::vector<double>& values) {
  if (values.empty() || std::isnan(phi)) return model::NormalNan();
  if (phi < 0) return -std::numeric_limits<double>::infinity();
  if (phi > 1) return std::numeric_limits<double>::infinity();
  std::sort(values.begin(), values.end(),
            [](double a, double b) { return a < b || (std::isnan(a) && !std::isnan(b)); });
  auto n = static_cast<double>(values.size());
  double rank = phi * (n - 1);
  double lower = std::max(0.0, std::floor(rank));
  double upper = std::min(n - 1, lower + 1);
  double weight = rank - std::floor(rank);
  return values[static_cast<size_t>(lower)] * (1 - weight) + values[static_cast<size_t>(upper)] * weight;
}

double AvgOverTime(const Window& window, Params) {
  if (window.values.empty()) return Absent();
  RunningMean mean;
  for (double value : window.values) mean.Add(value);
  return mean.result();
}

double CountOverTime(const Window& window, Params) {
  return window.values.empty() ? Absent() : static_cast<double>(window.values.size());
}

double LastOverTime(const Window& window, Params) {
  return window.values.empty() ? Absent() : window.values.back();
}

double MadOverTime(const Window& window, Params) {
  if (window.values.empty()) return Absent();
  std::vector<double> values(window.values.begin(), window.values.end());
  double median = Quantile(0.5, values);
  for (double& value : values) value = std::fabs(value - median);
  return Quantile(0.5, values);
}

double MaxOverTime(const Window& window, Params) {
  if (window.values.empty()) return Absent();
  return window.values[IndexOfBest(window.values, [](double a, double b) { return a > b; })];
}

double MinOverTime(const Window& window, Params) {
  if (window.values.empty()) return Absent();
  return window.values[IndexOfBest(window.values, [](double a, double b) { return a < b; })];
}

double PresentOverTime(const Window& window, Params) { return window.values.empty() ? Absent() : 1; }

double QuantileOverTime(const Window& window, Params params) {
  if (window.values.empty()) return Absent();
  std::vector<double> values(window.values.begin(), window.values.end());
  return Quantile(params[0], values);
}

double StddevOverTime(const Window& window, Params) {
  return window.values.empty() ? Absent() : std::sqrt(Variance(window));
}

double StdvarOverTime(const Window& window, Params) {
  return window.values.empty() ? Absent() : Variance(window);
}

double SumOverTime(const Window& window, Params) {
  if (window.values.empty()) return Absent();
  KahanSum sum;
  for (double value : window.values) sum.Add(value);
  return std::isinf(sum.sum) ? sum.sum : sum.result();
}

double TimeOfLast(const Window& window, Params) {
  return window.times.empty() ? Absent() : Seconds(window.times.back());
}

double TimeOfMax(const Window& window, Params) {
  if (window.values.empty()) return Absent();
  return Seconds(window.times[IndexOfBest(window.values, [](double a, double b) { return a >= b; })]);
}

double TimeOfMin(const Window& window, Params) {
  if (window.values.empty()) return Absent();
  return Seconds(window.times[IndexOfBest(window.values, [](double a, double b) { return a <= b; })]);
}

}  // namespace tocsin::promql::kernels
