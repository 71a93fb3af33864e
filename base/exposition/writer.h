// Writes metric families in Prometheus' text format 0.0.4 and in OpenMetrics 1.0, appending to one string.
//
// Fast families keep their label sets rendered ("{pool=\"blue\",method=\"GET\"}", made once by RenderLabels)
// and call Sample(); prometheus-cpp's Collect() goes through Collect(). Numbers by std::to_chars: the
// shortest digits that read back the same.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>

#include "base/error.h"

namespace tocsin::exposition {

enum class Format { kText, kOpenMetrics };
enum class Type { kCounter, kGauge, kHistogram, kSummary, kUntyped, kInfo };

/// What the Accept header asks for, text when it asks for nothing we have (Prometheus' rules of preference).
Format Negotiate(std::string_view accept);
std::string_view ContentType(Format format);

/// "{a=\"1\",b=\"x\\ny\"}" with values escaped, "" for no labels. Order kept.
std::string RenderLabels(std::span<const std::pair<std::string_view, std::string_view>> labels);
std::string RenderLabels(std::initializer_list<std::pair<std::string_view, std::string_view>> labels);
/// Puts one more label at the end of a rendered set: for `le` and `quantile`.
std::string WithLabel(std::string_view rendered, std::string_view name, std::string_view value);

/// Labels that stand on every series, as --prometheus.const-label gives them: name and value. Must outlive
/// the writers that use them.
using ConstantLabels = std::vector<std::pair<std::string, std::string>>;

/// "name=value", with a name that a label may have; kInvalidArgument otherwise.
Result<std::pair<std::string, std::string>> ParseConstantLabel(std::string_view text);

/// Not thread safe; one exposition, start to end. Families must not interleave, as both formats demand.
class Writer {
 public:
  Writer(std::string& out, Format format) : out_(out), format_(format) {}
  /// `constant` goes onto every sample, save where the sample has a label of that name itself.
  Writer(std::string& out, Format format, const ConstantLabels& constant)
      : out_(out), format_(format), constant_(&constant) {}

  /// Opens a family: HELP and TYPE. A counter's `name` is given as it is exposed in text format, with
  /// "_total" where it has one; OpenMetrics' header leaves it off, and a counter without it is typed
  /// `unknown` there, so that a Prometheus stores the same series names from both formats.
  void Family(std::string_view name, std::string_view help, Type type);
  /// A sample of the open family: its name with `suffix` ("", "_bucket", "_sum", "_count").
  void Sample(std::string_view labels, double value, std::string_view suffix = "");
  void Sample(std::string_view labels, uint64_t value, std::string_view suffix = "");
  /// With `more`, rendered without braces ("interface=\"eth0\""), put behind the set.
  void Sample(std::string_view labels, std::string_view more, double value);
  void Sample(std::string_view labels, std::string_view more, uint64_t value);
  /// A whole histogram: `bounds` ascending without +Inf, `counts` one longer and not cumulative.
  void Histogram(std::string_view labels, std::span<const double> bounds, std::span<const uint64_t> counts,
                 double sum);
  /// What a prometheus-cpp registry collected. Its timestamps are not written: what is exposed is what is
  /// true now.
  void Collect(const std::vector<prometheus::MetricFamily>& families);
  /// "# EOF" in OpenMetrics. Call last.
  void Finish();

 private:
  void Begin(std::string_view labels, std::string_view more, std::string_view suffix);
  template <typename Number>
  void End(Number value);
  void AppendWithConstant(std::string_view labels);
  void Collect(prometheus::MetricType type, const prometheus::ClientMetric& metric);

  std::string& out_;
  Format format_;
  const ConstantLabels* constant_ = nullptr;
  std::string name_;
};

}  // namespace tocsin::exposition
