// Classic histograms: series that differ in `le` alone, cumulative counts up to that bound.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "alerting/promql/eval/grouping.h"
#include "alerting/promql/functions/kernels.h"

namespace tocsin::promql::kernels {
namespace {

constexpr std::string_view kBound = "le";
constexpr double kSmallDelta = 1e-12;  // relative differences that floats make, not observations

struct Bucket {
  double bound;
  double count;
};

struct HistogramSeries {
  model::Labels labels;  // without le and name
  std::vector<std::pair<double, const Column*>> buckets;
};

std::optional<double> ParseBound(std::string_view text) {
  std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  double value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::vector<HistogramSeries> GroupByBound(const CallContext& context, const Columns& columns) {
  static const std::string kNames[] = {std::string(kBound)};
  std::vector<HistogramSeries> series;
  std::vector<std::optional<double>> bounds;
  bounds.reserve(columns.size());
  for (const Column& column : columns) {
    bounds.push_back(ParseBound(column.labels.Get(kBound)));
    if (bounds.back()) continue;
    context.notes.Warn(
        fmt::format("bucket label \"le\" is missing or has a malformed value of {} for metric name {}",
                    model::Quote(column.labels.Get(kBound)), model::Quote(column.labels.metric_name())),
        context.places.back());
  }
  for (ColumnGroup& group : GroupColumns(columns, {kNames, true})) {
    HistogramSeries one{std::move(group.labels), {}};
    for (const size_t member : group.members) {
      if (bounds[member]) one.buckets.emplace_back(*bounds[member], &columns[member]);
    }
    std::stable_sort(one.buckets.begin(), one.buckets.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    if (!one.buckets.empty()) series.push_back(std::move(one));
  }
  return series;
}

bool AlmostEqual(double a, double b) {
  if (a == b) return true;
  double sum = std::fabs(a) + std::fabs(b);
  double difference = std::fabs(a - b);
  constexpr double kMinNormal = std::numeric_limits<double>::min();
  if (a == 0 || b == 0 || sum < kMinNormal) return difference < kSmallDelta * kMinNormal;
  return difference / std::min(sum, std::numeric_limits<double>::max()) < kSmallDelta;
}

/// The step's buckets in order, equal bounds added up.
void BucketsAt(const HistogramSeries& group, size_t step, std::vector<Bucket>& buckets) {
  buckets.clear();
  for (const auto& [bound, column] : group.buckets) {
    double count = column->cells[step];
    if (IsAbsent(count)) continue;
    if (!buckets.empty() && buckets.back().bound == bound)
      buckets.back().count += count;
    else
      buckets.push_back({bound, count});
  }
}

bool EndsAtInfinity(const std::vector<Bucket>& buckets) {
  return std::isinf(buckets.back().bound) && buckets.back().bound > 0;
}

/// Cumulative counts never fall; where scrapes made them, the count before stands. True when one fell by
/// more than rounding explains.
bool ForceMonotonic(std::vector<Bucket>& buckets) {
  bool forced = false;
  double before = buckets[0].count;
  for (size_t i = 1; i < buckets.size(); ++i) {
    double& count = buckets[i].count;
    if (count == before) continue;
    if (AlmostEqual(before, count)) {
      count = before;
    } else if (count < before) {
      count = before;
      forced = true;
    } else {
      before = count;
    }
  }
  return forced;
}

double BucketQuantile(double phi, std::vector<Bucket>& buckets, bool& forced) {
  if (std::isnan(phi)) return model::NormalNan();
  if (phi < 0) return -std::numeric_limits<double>::infinity();
  if (phi > 1) return std::numeric_limits<double>::infinity();
  if (!EndsAtInfinity(buckets)) return model::NormalNan();
  forced = ForceMonotonic(buckets);
  if (buckets.size() < 2) return model::NormalNan();
  double observations = buckets.back().count;
  if (observations == 0) return model::NormalNan();
  double rank = phi * observations;
  size_t b = 0;
  while (b < buckets.size() - 1 && !(buckets[b].count >= rank)) ++b;
  if (b == buckets.size() - 1) return buckets[b - 1].bound;
  if (b == 0 && buckets[0].bound <= 0) return buckets[0].bound;
  double start = 0;
  double end = buckets[b].bound;
  double count = buckets[b].count;
  if (b > 0) {
    start = buckets[b - 1].bound;
    count -= buckets[b - 1].count;
    rank -= buckets[b - 1].count;
  }
  return start + (end - start) * (rank / count);
}

/// How many observations are below `value`, interpolated within its bucket.
double RankOf(double value, const std::vector<Bucket>& buckets) {
  double rank = 0;
  double lower = -std::numeric_limits<double>::infinity();
  for (const Bucket& bucket : buckets) {
    if (lower >= value) return rank;
    if (bucket.bound > value) {
      return std::min(rank + (bucket.count - rank) * (value - lower) / (bucket.bound - lower),
                      buckets.back().count);
    }
    rank = bucket.count;
    lower = bucket.bound;
  }
  return buckets.back().count;
}

double BucketFraction(double lower, double upper, const std::vector<Bucket>& buckets) {
  if (!EndsAtInfinity(buckets)) return model::NormalNan();
  double count = buckets.back().count;
  if (count == 0 || std::isnan(lower) || std::isnan(upper)) return model::NormalNan();
  if (lower >= upper) return 0;
  return (RankOf(upper, buckets) - RankOf(lower, buckets)) / count;
}

struct HistogramStep {
  size_t step;
  std::string_view metric_name;
};

void WarnOfForcedBuckets(const CallContext& context, const HistogramStep& at) {
  context.notes.Inform(
      fmt::format("input to histogram_quantile needed to be fixed for monotonicity (see "
                  "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for "
                  "metric name {}",
                  model::Quote(at.metric_name)),
      context.places.back());
}

/// The name that Prometheus says with what it notes of a histogram: that of the first bucket at the first
/// step, which it has dropped by the next.
std::string_view NameAt(const HistogramSeries& group, size_t step) {
  for (const auto& [bound, column] : group.buckets) {
    if (!IsAbsent(column->cells[step])) return column->labels.metric_name();
  }
  return {};
}

template <typename AtStep>
Columns ForEachHistogram(const CallContext& context, const Columns& columns, AtStep at_step) {
  Columns result;
  std::vector<Bucket> buckets;
  for (const HistogramSeries& group : GroupByBound(context, columns)) {
    Column column{group.labels, Cells(context.grid.size(), Absent())};
    bool first = true;
    for (size_t step = 0; step < column.cells.size(); ++step) {
      BucketsAt(group, step, buckets);
      if (buckets.empty()) continue;
      std::string_view name = first ? NameAt(group, step) : std::string_view();
      column.cells[step] = at_step(HistogramStep{step, name}, buckets);
      first = false;
    }
    result.push_back(std::move(column));
  }
  DropEmpty(result);
  return result;
}

}  // namespace

Result<Value> HistogramQuantile(const CallContext& context, std::vector<Value>& args) {
  const ScalarCells& phis = std::get<ScalarCells>(args[0]);
  WarnOfQuantiles(phis, context.places[0], context.notes);
  return Value(ForEachHistogram(context, std::get<Columns>(args[1]),
                                [&](const HistogramStep& at, std::vector<Bucket>& buckets) {
                                  bool forced = false;
                                  double quantile = BucketQuantile(phis[at.step], buckets, forced);
                                  if (forced) WarnOfForcedBuckets(context, at);
                                  return quantile;
                                }));
}

Result<Value> HistogramFraction(const CallContext& context, std::vector<Value>& args) {
  const ScalarCells& lower = std::get<ScalarCells>(args[0]);
  const ScalarCells& upper = std::get<ScalarCells>(args[1]);
  return Value(ForEachHistogram(context, std::get<Columns>(args[2]),
                                [&](const HistogramStep& at, std::vector<Bucket>& buckets) {
                                  return BucketFraction(lower[at.step], upper[at.step], buckets);
                                }));
}

Result<Value> NothingOfFloats(const CallContext&, std::vector<Value>&) { return Value(Columns{}); }

}  // namespace tocsin::promql::kernels
