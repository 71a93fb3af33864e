#include "base/exposition/writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tocsin::exposition {

namespace {

void AppendEscaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

/// As to_chars(): the end of the digits.
char* WriteValue(char* begin, char* end, uint64_t value) { return std::to_chars(begin, end, value).ptr; }
char* WriteValue(char* begin, char* end, double value) {
  if (std::isnan(value)) return std::ranges::copy(std::string_view("NaN"), begin).out;
  if (std::isinf(value)) return std::ranges::copy(std::string_view(value > 0 ? "+Inf" : "-Inf"), begin).out;
  return std::to_chars(begin, end, value).ptr;
}

constexpr size_t kMostDigits = 32;

/// `labels` with `more`, both rendered, behind the last.
void AppendSet(std::string& out, std::string_view labels, std::string_view more) {
  if (more.empty()) {
    out += labels;
    return;
  }
  if (labels.empty()) {
    out += '{';
  } else {
    out += labels.substr(0, labels.size() - 1);
    out += ',';
  }
  out += more;
  out += '}';
}

/// A float as `le` and `quantile` want it: OpenMetrics demands "1.0" for 1, and Prometheus 3 stores it so
/// from either format.
std::string CanonicalFloat(double value) {
  std::array<char, kMostDigits> digits;
  std::string text(digits.data(), WriteValue(digits.data(), digits.data() + digits.size(), value));
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

bool EndsWith(std::string_view text, std::string_view end) {
  return text.ends_with(end) && text.size() > end.size();
}

std::string_view TypeName(Type type, Format format) {
  const bool open_metrics = format == Format::kOpenMetrics;
  switch (type) {
    case Type::kCounter:
      return "counter";
    case Type::kGauge:
      return "gauge";
    case Type::kHistogram:
      return "histogram";
    case Type::kSummary:
      return "summary";
    case Type::kInfo:
      return open_metrics ? "info" : "gauge";
    case Type::kUntyped:
      break;
  }
  return open_metrics ? "unknown" : "untyped";
}

using Label = std::pair<std::string_view, std::string_view>;

std::string Render(const Label* begin, const Label* end) {
  std::string out;
  for (const Label* label = begin; label != end; ++label) {
    out += out.empty() ? '{' : ',';
    out += label->first;
    out += "=\"";
    AppendEscaped(out, label->second, true);
    out += '"';
  }
  if (!out.empty()) out += '}';
  return out;
}

Type TypeOf(prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter:
      return Type::kCounter;
    case prometheus::MetricType::Gauge:
      return Type::kGauge;
    case prometheus::MetricType::Histogram:
      return Type::kHistogram;
    case prometheus::MetricType::Summary:
      return Type::kSummary;
    case prometheus::MetricType::Untyped:
      break;
  }
  return Type::kUntyped;
}

/// Whether rendered labels have one of that name: it stands outside of quotes, after '{' or ','.
bool HasLabel(std::string_view labels, std::string_view name) {
  bool quoted = false;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (quoted && labels[i] == '\\') {
      ++i;
    } else if (labels[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && (labels[i] == '{' || labels[i] == ',')) {
      const std::string_view rest = labels.substr(i + 1);
      if (rest.starts_with(name) && rest.substr(name.size()).starts_with('=')) return true;
    }
  }
  return false;
}

std::string RenderMetricLabels(const prometheus::ClientMetric& metric) {
  std::vector<Label> labels;
  labels.reserve(metric.label.size());
  for (const auto& label : metric.label) labels.emplace_back(label.name, label.value);
  return RenderLabels(labels);
}

}  // namespace

std::string RenderLabels(std::span<const Label> labels) {
  return Render(labels.data(), labels.data() + labels.size());
}
std::string RenderLabels(std::initializer_list<Label> labels) { return Render(labels.begin(), labels.end()); }

std::string WithLabel(std::string_view rendered, std::string_view name, std::string_view value) {
  std::string out;
  if (rendered.empty()) {
    out = "{";
  } else {
    out = rendered.substr(0, rendered.size() - 1);
    out += ',';
  }
  out += name;
  out += "=\"";
  AppendEscaped(out, value, true);
  out += "\"}";
  return out;
}

Result<std::pair<std::string, std::string>> ParseConstantLabel(std::string_view text) {
  const size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool good = equals != std::string_view::npos && !name.empty() && is_letter(name.front()) &&
                    std::ranges::all_of(name, [&](char c) { return is_letter(c) || is_digit(c); });
  if (!good) return Fail(ErrorCode::kInvalidArgument, "not a label as name=value: " + std::string(text));
  if (name.starts_with("__") || name == "le" || name == "quantile") {
    return Fail(ErrorCode::kInvalidArgument,
                "a label name that Prometheus keeps for itself: " + std::string(name));
  }
  return std::pair(std::string(name), std::string(text.substr(equals + 1)));
}

void Writer::Family(std::string_view name, std::string_view help, Type type) {
  name_ = name;
  std::string_view header = name;
  if (format_ == Format::kOpenMetrics) {
    if (type == Type::kCounter) {
      if (EndsWith(name, "_total")) {
        header.remove_suffix(6);
      } else {
        type = Type::kUntyped;
      }
    }
    if (type == Type::kInfo && EndsWith(name, "_info")) header.remove_suffix(5);
  }
  out_ += "# HELP ";
  out_ += header;
  out_ += ' ';
  AppendEscaped(out_, help, format_ == Format::kOpenMetrics);
  out_ += "\n# TYPE ";
  out_ += header;
  out_ += ' ';
  out_ += TypeName(type, format_);
  out_ += '\n';
}

void Writer::Sample(std::string_view labels, double value, std::string_view suffix) {
  Begin(labels, {}, suffix);
  End(value);
}

void Writer::Sample(std::string_view labels, uint64_t value, std::string_view suffix) {
  Begin(labels, {}, suffix);
  End(value);
}

void Writer::Sample(std::string_view labels, std::string_view more, double value) {
  Begin(labels, more, {});
  End(value);
}

void Writer::Sample(std::string_view labels, std::string_view more, uint64_t value) {
  Begin(labels, more, {});
  End(value);
}

void Writer::Histogram(std::string_view labels, std::span<const double> bounds,
                       std::span<const uint64_t> counts, double sum) {
  uint64_t total = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    total += counts[i];
    const std::string le = i < bounds.size() ? CanonicalFloat(bounds[i]) : "+Inf";
    Sample(WithLabel(labels, "le", le), total, "_bucket");
  }
  Sample(labels, sum, "_sum");
  Sample(labels, total, "_count");
}

void Writer::Collect(const std::vector<prometheus::MetricFamily>& families) {
  for (const auto& family : families) {
    if (family.metric.empty()) continue;
    Family(family.name, family.help, TypeOf(family.type));
    for (const auto& metric : family.metric) Collect(family.type, metric);
  }
}

void Writer::Collect(prometheus::MetricType type, const prometheus::ClientMetric& metric) {
  const std::string labels = RenderMetricLabels(metric);
  switch (type) {
    case prometheus::MetricType::Counter:
      Sample(labels, metric.counter.value);
      break;
    case prometheus::MetricType::Gauge:
      Sample(labels, metric.gauge.value);
      break;
    case prometheus::MetricType::Untyped:
      Sample(labels, metric.untyped.value);
      break;
    case prometheus::MetricType::Histogram:
      for (const auto& bucket : metric.histogram.bucket) {
        Sample(WithLabel(labels, "le", CanonicalFloat(bucket.upper_bound)), bucket.cumulative_count,
               "_bucket");
      }
      Sample(labels, metric.histogram.sample_sum, "_sum");
      Sample(labels, metric.histogram.sample_count, "_count");
      break;
    case prometheus::MetricType::Summary:
      for (const auto& quantile : metric.summary.quantile) {
        Sample(WithLabel(labels, "quantile", CanonicalFloat(quantile.quantile)), quantile.value);
      }
      Sample(labels, metric.summary.sample_sum, "_sum");
      Sample(labels, metric.summary.sample_count, "_count");
      break;
  }
}

void Writer::Finish() {
  if (format_ == Format::kOpenMetrics) out_ += "# EOF\n";
}

void Writer::Begin(std::string_view labels, std::string_view more, std::string_view suffix) {
  out_ += name_;
  if (!suffix.empty()) out_ += suffix;
  if (constant_ == nullptr || constant_->empty()) return AppendSet(out_, labels, more);
  if (more.empty()) return AppendWithConstant(labels);
  std::string set;
  AppendSet(set, labels, more);
  AppendWithConstant(set);
}

/// In one piece: appending costs more than what is appended.
template <typename Number>
void Writer::End(Number value) {
  std::array<char, kMostDigits + 2> tail;
  tail.front() = ' ';
  char* end = WriteValue(tail.data() + 1, tail.data() + 1 + kMostDigits, value);
  *end++ = '\n';
  out_.append(tail.data(), end);
}

void Writer::AppendWithConstant(std::string_view labels) {
  char separator = '{';
  for (const auto& [name, value] : *constant_) {
    if (HasLabel(labels, name)) continue;
    out_ += separator;
    out_ += name;
    out_ += "=\"";
    AppendEscaped(out_, value, true);
    out_ += '"';
    separator = ',';
  }
  if (separator == '{') {
    out_ += labels;
  } else if (labels.empty()) {
    out_ += '}';
  } else {
    out_ += ',';
    out_ += labels.substr(1);
  }
}

}  // namespace tocsin::exposition
