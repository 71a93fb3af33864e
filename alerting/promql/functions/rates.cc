#include <cmath>

#include "alerting/promql/functions/kahan.h"
#include "alerting/promql/functions/kernels.h"

namespace tocsin::promql::kernels {
namespace {

constexpr double kSecond = 1000;

/// The last value less the first; of a counter, with what was lost at each reset added.
double Difference(const Window& window, bool counter) {
  double difference = window.values.back() - window.values.front();
  if (!counter) return difference;
  for (size_t reset : window.resets) difference += window.values[reset - window.first - 1];
  return difference;
}

/// The difference as it would be had the series covered the whole window: each side is extended to the
/// window's edge when the edge is within 1.1 of the samples' average distance, else by half of that distance;
/// a counter not below zero. The factor is divided by `per` before it is used, as in Prometheus, for the same
/// last bit.
double Extrapolated(const Window& window, bool counter, double per) {
  if (window.values.size() < 2) return Absent();
  double difference = Difference(window, counter);
  double to_start = static_cast<double>(window.times.front() - window.start) / kSecond;
  double to_end = static_cast<double>(window.end - window.times.back()) / kSecond;
  double covered = static_cast<double>(window.times.back() - window.times.front()) / kSecond;
  double average_gap = covered / static_cast<double>(window.values.size() - 1);
  double threshold = average_gap * 1.1;
  if (to_start >= threshold) to_start = average_gap / 2;
  if (counter && difference > 0 && window.values.front() >= 0) {
    double to_zero = covered * (window.values.front() / difference);
    if (to_zero < to_start) to_start = to_zero;
  }
  if (to_end >= threshold) to_end = average_gap / 2;
  double factor = (covered + to_start + to_end) / covered;
  return difference * (factor / per);
}

struct Line {
  double slope;
  double intercept;
};

Line LeastSquares(const Window& window, int64_t origin) {
  KahanSum sum_x;
  KahanSum sum_y;
  KahanSum sum_xy;
  KahanSum sum_x2;
  double n = 0;
  double first = window.values.front();
  bool constant = true;
  for (size_t i = 0; i < window.values.size(); ++i) {
    double x = static_cast<double>(window.times[i] - origin) / kSecond;
    double y = window.values[i];
    if (i > 0 && y != first) constant = false;
    n += 1;
    sum_x.Add(x);
    sum_y.Add(y);
    sum_xy.Add(x * y);
    sum_x2.Add(x * x);
  }
  if (constant) {
    if (std::isinf(first)) return {model::NormalNan(), model::NormalNan()};
    return {0, first};
  }
  double covariance = sum_xy.result() - sum_x.result() * sum_y.result() / n;
  double variance = sum_x2.result() - sum_x.result() * sum_x.result() / n;
  double slope = covariance / variance;
  return {slope, sum_y.result() / n - slope * sum_x.result() / n};
}

}  // namespace

double Rate(const Window& window, Params) { return Extrapolated(window, true, window.range_seconds); }
double Increase(const Window& window, Params) { return Extrapolated(window, true, 1); }
double Delta(const Window& window, Params) { return Extrapolated(window, false, 1); }

double Irate(const Window& window, Params) {
  size_t n = window.values.size();
  if (n < 2) return Absent();
  double last = window.values[n - 1];
  double before = window.values[n - 2];
  double change = last < before ? last : last - before;
  return change / (static_cast<double>(window.times[n - 1] - window.times[n - 2]) / kSecond);
}

double Idelta(const Window& window, Params) {
  size_t n = window.values.size();
  return n < 2 ? Absent() : window.values[n - 1] - window.values[n - 2];
}

double Resets(const Window& window, Params) {
  if (window.values.empty()) return Absent();
  int resets = 0;
  for (size_t i = 1; i < window.values.size(); ++i) resets += window.values[i] < window.values[i - 1] ? 1 : 0;
  return resets;
}

double Changes(const Window& window, Params) {
  if (window.values.empty()) return Absent();
  int changes = 0;
  for (size_t i = 1; i < window.values.size(); ++i) {
    double before = window.values[i - 1];
    double now = window.values[i];
    if (now != before && !(std::isnan(now) && std::isnan(before))) ++changes;
  }
  return changes;
}

double Deriv(const Window& window, Params) {
  if (window.values.size() < 2) return Absent();
  return LeastSquares(window, window.times.front()).slope;
}

double PredictLinear(const Window& window, Params params) {
  if (window.values.size() < 2) return Absent();
  Line line = LeastSquares(window, window.at);
  return line.slope * params[0] + line.intercept;
}

double DoubleExponentialSmoothing(const Window& window, Params params) {
  if (window.values.size() < 2) return Absent();
  double smoothing = params[0];
  double trend_factor = params[1];
  double before = 0;
  double level = window.values[0];
  double trend = window.values[1] - window.values[0];
  for (size_t i = 1; i < window.values.size(); ++i) {
    double raw = smoothing * window.values[i];
    if (i > 1) trend = trend_factor * (level - before) + (1 - trend_factor) * trend;
    double estimate = (1 - smoothing) * (level + trend);
    before = level;
    level = raw + estimate;
  }
  return level;
}

std::string SmoothingFault(Params params) {
  auto outside = [](double factor) { return !(factor > 0 && factor < 1); };
  if (outside(params[0])) {
    return "invalid smoothing factor. Expected: 0 < sf < 1, got: " + std::to_string(params[0]);
  }
  if (outside(params[1])) {
    return "invalid trend factor. Expected: 0 < tf < 1, got: " + std::to_string(params[1]);
  }
  return {};
}

}  // namespace tocsin::promql::kernels
