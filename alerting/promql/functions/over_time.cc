#include <algorithm>
#include <array>
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

/// Calls `one` with the samples of each window that has any, and where they begin.
template <typename One>
void EachWindow(const Windows& windows, double* cells, One one) {
  for (const Windows::Bounds window : windows.bounds) {
    *cells++ =
        window.size() == 0 ? Absent() : one(windows.values.subspan(window.from, window.size()), window.from);
  }
}

/// Without any rounding: what adding the samples with compensation gives, too.
double ExactSum(const Windows& windows, std::span<const double> values, size_t from) {
  return windows.sums[from + values.size()] - windows.sums[from];
}

double Variance(std::span<const double> values) {
  KahanSum mean;
  KahanSum squares;
  double count = 0;
  for (double value : values) {
    ++count;
    double delta = value - mean.result();
    mean.Add(delta / count);
    squares.Add(delta * (value - mean.result()));
  }
  return squares.result() / count;
}

// Each step of a variance waits for the one before, for most of its time. So several windows are worked on at
// once, two to a register, by the very steps that one alone takes.

/// Of windows with equally many samples.
template <size_t kPairs>
void Variances(const Windows& windows, std::span<const Windows::Bounds> bounds, double* cells) {
  const double* const values = windows.values.data();
  std::array<TwoKahanSums, kPairs> mean;
  std::array<TwoKahanSums, kPairs> squares;
  double count = 0;
  for (size_t i = 0; i < bounds[0].size(); ++i) {
    ++count;
    for (size_t pair = 0; pair < kPairs; ++pair) {
      const Two value{values[bounds[2 * pair].from + i], values[bounds[2 * pair + 1].from + i]};
      const Two delta = value - mean[pair].result();
      mean[pair].Add(delta / Two{count, count});
      squares[pair].Add(delta * (value - mean[pair].result()));
    }
  }
  for (size_t pair = 0; pair < kPairs; ++pair) {
    const Two result = squares[pair].result() / Two{count, count};
    cells[2 * pair] = result[0];
    cells[2 * pair + 1] = result[1];
  }
}

void EachVariance(const Windows& windows, double* cells) {
  constexpr size_t kPairs = 2;
  constexpr size_t kTogether = 2 * kPairs;
  const std::span<const Windows::Bounds> bounds = windows.bounds;
  for (size_t step = 0; step < bounds.size();) {
    const size_t samples = bounds[step].size();
    const size_t most = std::min(kTogether, bounds.size() - step);
    size_t equal = 1;
    while (equal < most && bounds[step + equal].size() == samples) ++equal;
    if (equal == kTogether && samples > 0) {
      Variances<kPairs>(windows, bounds.subspan(step, kTogether), cells + step);
      step += kTogether;
      continue;
    }
    cells[step] = samples == 0 ? Absent() : Variance(windows.values.subspan(bounds[step].from, samples));
    ++step;
  }
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

void AvgOverTime(const Windows& windows, double* cells) {
  EachWindow(windows, cells, [&](std::span<const double> values, size_t from) {
    if (!windows.sums.empty()) return ExactSum(windows, values, from) / static_cast<double>(values.size());
    RunningMean mean;
    for (double value : values) mean.Add(value);
    return mean.result();
  });
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

void StddevOverTime(const Windows& windows, double* cells) {
  EachVariance(windows, cells);
  for (size_t step = 0; step < windows.bounds.size(); ++step) {
    if (windows.bounds[step].size() > 0) cells[step] = std::sqrt(cells[step]);
  }
}

void StdvarOverTime(const Windows& windows, double* cells) { EachVariance(windows, cells); }

void SumOverTime(const Windows& windows, double* cells) {
  EachWindow(windows, cells, [&](std::span<const double> values, size_t from) {
    if (!windows.sums.empty()) return ExactSum(windows, values, from);
    KahanSum sum;
    for (double value : values) sum.Add(value);
    return std::isinf(sum.sum) ? sum.sum : sum.result();
  });
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
