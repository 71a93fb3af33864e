#include "alerting/template/functions/prometheus.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "alerting/template/escape.h"
#include "alerting/template/format.h"
#include "alerting/template/functions/arguments.h"
#include "alerting/template/functions/humanize.h"
#include "alerting/template/functions/text.h"
#include "alerting/template/number.h"

namespace tocsin::templating {
namespace {

using Args = std::span<const Value>;

// What query() gives for each series.
class SampleObject final : public Object {
 public:
  SampleObject(Map labels, double value) : labels_(std::move(labels), Element::kString), value_(value) {}

  std::string TypeName() const override { return "*template.sample"; }
  std::optional<Value> Field(std::string_view name) const override {
    if (name == "Labels") return labels_;
    if (name == "Value") return Value(value_);
    return std::nullopt;
  }
  std::vector<std::pair<std::string, Value>> JsonFields() const override {
    return {{"Labels", labels_}, {"Value", value_}};
  }
  std::string ToString() const override {
    return "{" + labels_.ToString() + " " + FormatFloat(value_, 'g', -1) + "}";
  }
  std::string Label(std::string_view name) const {
    const Map& labels = *labels_.AsMap();
    const auto found = labels.find(name);
    return found == labels.end() ? "" : *found->second.AsText();
  }
  double value() const { return value_; }

 private:
  Value labels_;
  double value_;
};

Result<const SampleObject*> SampleArgument(const Value& value) {
  const auto* sample = dynamic_cast<const SampleObject*>(value.AsObject());
  if (sample != nullptr) return sample;
  return BadArgument(
      fmt::format("wrong type for value; expected *template.sample; got {}", value.TypeName()));
}

Result<const List*> SamplesArgument(const Value& value) {
  if (const List* list = value.AsList()) return list;
  return BadArgument(
      fmt::format("wrong type for value; expected template.queryResult; got {}", value.TypeName()));
}

Result<Value> ToSamples(const Result<model::Vector>& vector) {
  if (!vector) return tl::unexpected(vector.error());
  List samples;
  for (const model::VectorElement& element : *vector) {
    const auto* value = std::get_if<double>(&element.value);
    if (value == nullptr) {
      return Fail(ErrorCode::kUnsupported, "native histograms in the result of query() are not supported");
    }
    Map labels;
    for (const model::LabelView label : element.labels) labels.emplace(label.name, Value(label.value));
    samples.emplace_back(std::make_shared<SampleObject>(std::move(labels), *value));
  }
  return Value(std::move(samples));
}

Result<Value> First(Args args) {
  const auto samples = SamplesArgument(args[0]);
  if (!samples) return tl::unexpected(samples.error());
  if ((*samples)->empty()) return BadArgument("first() called on vector with no elements");
  return (*samples)->front();
}

Result<Value> LabelOf(Args args) {
  const auto name = TextArgument(args[0]);
  const auto sample = SampleArgument(args[1]);
  if (!name) return tl::unexpected(name.error());
  if (!sample) return tl::unexpected(sample.error());
  return Value((*sample)->Label(*name));
}

Result<Value> SortByLabel(Args args) {
  const auto name = TextArgument(args[0]);
  const auto samples = SamplesArgument(args[1]);
  if (!name) return tl::unexpected(name.error());
  if (!samples) return tl::unexpected(samples.error());
  std::vector<std::pair<std::string, Value>> keyed;
  for (const Value& item : **samples) {
    const auto sample = SampleArgument(item);
    if (!sample) return tl::unexpected(sample.error());
    keyed.emplace_back((*sample)->Label(*name), item);
  }
  std::stable_sort(keyed.begin(), keyed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  List sorted;
  for (auto& [key, item] : keyed) sorted.push_back(std::move(item));
  return Value(std::move(sorted));
}

Result<Value> ArgsMap(Args args) {
  Map map;
  for (size_t i = 0; i < args.size(); ++i) map.emplace(fmt::format("arg{}", i), args[i]);
  return Value(std::move(map));
}

struct HostPort {
  std::string host;
  std::string port;
};

// net.SplitHostPort; nullopt where it fails.
std::optional<HostPort> SplitHostPort(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string host = text.substr(0, colon);
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return std::nullopt;
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return std::nullopt;
  }
  if (host.find_first_of("[]") != std::string::npos) return std::nullopt;
  if (text.find_first_of("[]", colon) != std::string::npos) return std::nullopt;
  return HostPort{host, text.substr(colon + 1)};
}

bool IsIpAddress(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1 || inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

std::string StripPort(const std::string& text) {
  const auto split = SplitHostPort(text);
  return split ? split->host : text;
}

std::string StripDomain(const std::string& text) {
  const auto split = SplitHostPort(text);
  const std::string host = split ? split->host : text;
  if (IsIpAddress(host)) return text;
  std::string name = host.substr(0, host.find('.'));
  if (!split || split->port.empty()) return name;
  return (name.find(':') == std::string::npos ? name : "[" + name + "]") + ":" + split->port;
}

std::string PathOf(const std::string& url) {
  const size_t scheme = url.find("://");
  const size_t path = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
  if (path == std::string::npos) return "";
  return url.substr(path, url.find_first_of("?#", path) - path);
}

template <typename Map>
std::function<Result<Value>(Args)> OnNumber(Map map) {
  return [map](Args args) -> Result<Value> {
    const auto number = NumberArgument(args[0]);
    if (!number) return tl::unexpected(number.error());
    return map(*number);
  };
}

Result<Value> ParseSeconds(Args args) {
  const auto text = TextArgument(args[0]);
  if (!text) return tl::unexpected(text.error());
  const auto duration = ParseDuration(*text);
  if (!duration) return tl::unexpected(duration.error());
  return Value(static_cast<double>(duration->count()) / 1000.0);
}

Result<Value> BoxTimestamp(double seconds) {
  const auto text = HumanizeTimestamp(seconds);
  if (!text) return tl::unexpected(text.error());
  return Value(*text);
}

Result<Value> BoxTime(double seconds) {
  const auto time = ToTime(seconds);
  if (!time) return tl::unexpected(time.error());
  return Value(*time);
}

Result<Value> BoxDuration(double seconds) {
  if (!std::isfinite(seconds)) return BadArgument("value is NaN or Inf");
  if (std::abs(seconds * 1e9) > 9.2e18) {
    return BadArgument(
        fmt::format("{} cannot be represented as a nanoseconds duration since it overflows int64",
                    FormatFloat(seconds, 'g', -1)));
  }
  return Value(Value::Nanoseconds(static_cast<int64_t>(seconds * 1e9)));
}

}  // namespace

FunctionTable PrometheusFunctions(const PrometheusEnvironment& environment) {
  FunctionTable table = SharedFunctions();
  const auto add = [&](const char* name, int least, int most, std::function<Result<Value>(Args)> call) {
    table.insert_or_assign(name, Function{name, least, most, std::move(call)});
  };
  add("query", 1, 1, [query = environment.query](Args args) -> Result<Value> {
    const auto expression = TextArgument(args[0]);
    if (!expression) return tl::unexpected(expression.error());
    return ToSamples(query(*expression));
  });
  add("first", 1, 1, First);
  add("label", 2, 2, LabelOf);
  add("value", 1, 1, [](Args args) -> Result<Value> {
    const auto sample = SampleArgument(args[0]);
    if (!sample) return tl::unexpected(sample.error());
    return Value((*sample)->value());
  });
  add("strvalue", 1, 1, [](Args args) -> Result<Value> {
    const auto sample = SampleArgument(args[0]);
    if (!sample) return tl::unexpected(sample.error());
    return Value((*sample)->Label("__value__"));
  });
  add("args", 0, -1, ArgsMap);
  add("sortByLabel", 2, 2, SortByLabel);
  add("graphLink", 1, 1, OnText([](const std::string& expression) {
        return "/graph?g0.expr=" + EscapeQuery(expression) + "&g0.tab=0";
      }));
  add("tableLink", 1, 1, OnText([](const std::string& expression) {
        return "/graph?g0.expr=" + EscapeQuery(expression) + "&g0.tab=1";
      }));
  add("urlQueryEscape", 1, 1, OnText([](const std::string& text) { return EscapeQuery(text); }));
  add("stripPort", 1, 1, OnText(StripPort));
  add("stripDomain", 1, 1, OnText(StripDomain));
  add("humanize", 1, 1, OnNumber([](double v) -> Result<Value> { return Value(Humanize(v)); }));
  add("humanize1024", 1, 1, OnNumber([](double v) -> Result<Value> { return Value(Humanize1024(v)); }));
  add("humanizePercentage", 1, 1,
      OnNumber([](double v) -> Result<Value> { return Value(HumanizePercentage(v)); }));
  add("humanizeTimestamp", 1, 1, OnNumber(BoxTimestamp));
  add("toTime", 1, 1, OnNumber(BoxTime));
  add("toDuration", 1, 1, OnNumber(BoxDuration));
  add("parseDuration", 1, 1, ParseSeconds);
  add("now", 0, 0, [now = environment.now](Args) -> Result<Value> { return Value(now().seconds()); });
  add("pathPrefix", 0, 0,
      [path = PathOf(environment.external_url)](Args) -> Result<Value> { return Value(path); });
  add("externalURL", 0, 0, [url = environment.external_url](Args) -> Result<Value> { return Value(url); });
  return table;
}

}  // namespace tocsin::templating
