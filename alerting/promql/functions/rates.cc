#include <cmath>

#include "alerting/promql/functions/kahan.h"
#include "alerting/promql/functions/kernels.h"

namespace tocsin::promql::kernels {
namespace {

constexpr double kSecond = 1000;

/// `before` and `after` are milliseconds from the window's edges to its samples, `per` what the factor is
/// divided by before it is used.
Reaching ReachingOf(int64_t before, int64_t after, int64_t covered, size_t samples, double per) {
  Reaching reaching;
  reaching.to_start = static_cast<double>(before) / kSecond;
  reaching.to_end = static_cast<double>(after) / kSecond;
  reaching.covered_seconds = static_cast<double>(covered) / kSecond;
  const double average_gap = reaching.covered_seconds / static_cast<double>(samples - 1);
  const double threshold = average_gap * 1.1;
  if (reaching.to_start >= threshold) reaching.to_start = average_gap / 2;
  if (reaching.to_end >= threshold) reaching.to_end = average_gap / 2;
  reaching.factor =
      (reaching.covered_seconds + reaching.to_start + reaching.to_end) / reaching.covered_seconds / per;
  return reaching;
}

/// Most windows have the shape of the one before, whose divisions need not be done again.
void FindReachings(const Windows& windows, double per) {
  int64_t before = -1;
  int64_t after = 0;
  int64_t covered = 0;
  size_t samples = 0;
  Reaching reaching;
  int64_t end = windows.end;
  for (size_t i = 0; i < windows.bounds.size(); ++i, end += windows.advance) {
    const Windows::Bounds window = windows.bounds[i];
    if (window.size() < 2) continue;
    const int64_t first = windows.times[window.from];
    const int64_t last = windows.times[window.to - 1];
    const int64_t start = end - windows.range;
    if (before != first - start || after != end - last || covered != last - first ||
        samples != window.size()) {
      before = first - start;
      after = end - last;
      covered = last - first;
      samples = window.size();
      reaching = ReachingOf(before, after, covered, samples, per);
    }
    windows.reachings[i] = reaching;
  }
}

/// True when it is certain, without a division, that a counter that grew by `difference` was above zero at
/// the window's start: front / difference * covered > to_start, far enough apart for no rounding to matter.
bool StartsAboveZero(double front, double difference, const Reaching& reaching) {
  constexpr double kRounding = 1 + 1e-12;
  constexpr double kLeast = 1e-280;
  constexpr double kMost = 1e300;
  const double left = reaching.covered_seconds * front;
  const double right = reaching.to_start * difference * kRounding;
  return left > right && right > kLeast && left < kMost;
}

/// The difference of the last value and the first as it would be had the series covered the whole window:
/// each side is extended to the window's edge when the edge is within 1.1 of the samples' average distance,
/// else by half of that distance; a counter not below zero, and with what was lost at each reset added. The
/// factor is divided by `per` before it is used, as in Prometheus, for the same last bit.
template <bool kCounter>
void Extrapolate(const Windows& windows, double per, double* cells) {
  if (!windows.again) FindReachings(windows, per);
  size_t reset = 0;  // the first one that the window may have
  for (size_t i = 0; i < windows.bounds.size(); ++i) {
    const Windows::Bounds window = windows.bounds[i];
    double& cell = cells[i];
    if (window.size() < 2) {
      cell = Absent();
      continue;
    }
    const double front = windows.values[window.from];
    double difference = windows.values[window.to - 1] - front;
    if constexpr (kCounter) {
      while (reset < windows.resets.size() && windows.resets[reset] <= window.from) ++reset;
      for (size_t k = reset; k < windows.resets.size() && windows.resets[k] < window.to; ++k) {
        difference += windows.values[windows.resets[k] - 1];
      }
    }
    const Reaching& reaching = windows.reachings[i];
    if (!kCounter || !(difference > 0 && front >= 0) || StartsAboveZero(front, difference, reaching)) {
      cell = difference * reaching.factor;
      continue;
    }
    const double to_zero = reaching.covered_seconds * (front / difference);
    const double to_start = to_zero < reaching.to_start ? to_zero : reaching.to_start;
    const double factor = (reaching.covered_seconds + to_start + reaching.to_end) / reaching.covered_seconds;
    cell = difference * (factor / per);
  }
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

void Rate(const Windows& windows, double* cells) {
  Extrapolate<true>(windows, static_cast<double>(windows.range) / kSecond, cells);
}
void Increase(const Windows& windows, double* cells) { Extrapolate<true>(windows, 1, cells); }
void Delta(const Windows& windows, double* cells) { Extrapolate<false>(windows, 1, cells); }

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
