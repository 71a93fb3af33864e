#include "alerting/collect/scrape/target.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/http/message.h"

namespace tocsin::collect {
namespace {

constexpr std::string_view kParamPrefix = "__param_";

void SetDefault(model::LabelsBuilder& labels, std::string_view name, std::string_view value) {
  if (labels.Get(name).empty()) labels.Set(name, value);
}

model::LabelsBuilder WithSettings(const model::Labels& address, const model::Labels& group,
                                  const JobOptions& job) {
  model::LabelsBuilder labels(address);
  for (const model::LabelView label : group) SetDefault(labels, label.name, label.value);
  SetDefault(labels, "job", job.job_name);
  SetDefault(labels, "__scrape_interval__", FormatDuration(job.scrape_interval));
  SetDefault(labels, "__scrape_timeout__", FormatDuration(job.scrape_timeout));
  SetDefault(labels, "__metrics_path__", job.metrics_path);
  SetDefault(labels, "__scheme__", job.scheme);
  for (const auto& [name, values] : job.params) {
    if (!values.empty()) SetDefault(labels, std::string(kParamPrefix) + name, values.front());
  }
  return labels;
}

/// As a form has it: a space is "+".
std::string FormEncode(std::string_view text) {
  std::string encoded;
  for (size_t at = 0; at <= text.size();) {
    const size_t space = std::min(text.find(' ', at), text.size());
    if (at > 0) encoded.push_back('+');
    encoded.append(http::UrlEncode(text.substr(at, space - at)));
    at = space + 1;
  }
  return encoded;
}

std::string QueryString(const model::LabelsBuilder& labels, const JobOptions& job) {
  std::map<std::string, std::vector<std::string>> params = job.params;
  for (const model::LabelView label : labels.span()) {
    if (!label.name.starts_with(kParamPrefix)) continue;
    std::vector<std::string>& values = params[std::string(label.name.substr(kParamPrefix.size()))];
    if (values.empty()) values.emplace_back();
    values.front() = label.value;
  }
  std::string query;
  for (const auto& [name, values] : params) {
    for (const std::string& value : values) {
      query += query.empty() ? '?' : '&';
      query += FormEncode(name).append("=").append(FormEncode(value));
    }
  }
  return query;
}

std::string Url(const model::LabelsBuilder& labels, const JobOptions& job) {
  std::string path(labels.Get("__metrics_path__"));
  if (!path.starts_with('/')) path.insert(0, "/");
  return fmt::format("{}://{}{}{}", labels.Get("__scheme__"), labels.Get("__address__"), path,
                     QueryString(labels, job));
}

Result<Duration> ReadDuration(const model::LabelsBuilder& labels, std::string_view name,
                              std::string_view what) {
  Result<Duration> duration = ParseDuration(labels.Get(name));
  if (!duration) return Fail(duration.error().WithContext(fmt::format("error parsing scrape {}", what)));
  if (*duration == Duration(0)) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("scrape {} cannot be 0", what));
  }
  return duration;
}

Status ReadSchedule(const model::LabelsBuilder& labels, Target& target) {
  const Result<Duration> interval = ReadDuration(labels, "__scrape_interval__", "interval");
  if (!interval) return Fail(interval.error());
  const Result<Duration> timeout = ReadDuration(labels, "__scrape_timeout__", "timeout");
  if (!timeout) return Fail(timeout.error());
  if (*timeout > *interval) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("scrape timeout cannot be greater than scrape interval (\"{}\" > \"{}\")",
                            FormatDuration(*timeout), FormatDuration(*interval)));
  }
  target.interval = *interval;
  target.timeout = *timeout;
  return {};
}

}  // namespace

uint64_t Target::Hash() const {
  constexpr uint64_t kPrime = 1099511628211U;
  uint64_t hash = labels.Fingerprint();
  for (char c : url) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  // FNV's low bits hardly mix, and the schedule takes the hash modulo the interval.
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdU;
  return hash ^ (hash >> 33);
}

Status CheckAddress(std::string_view address) {
  if (address.find('/') == std::string_view::npos) return {};
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{} is not a valid hostname", model::Quote(address)));
}

model::Labels DiscoveredLabels(const model::Labels& address, const model::Labels& group_labels,
                               const JobOptions& job) {
  return WithSettings(address, group_labels, job).Build();
}

Result<std::optional<Target>> MakeTarget(const model::Labels& address, const model::Labels& group_labels,
                                         const JobOptions& job, const Relabeling& relabeling) {
  model::LabelsBuilder labels = WithSettings(address, group_labels, job);
  Target target;
  target.discovered = labels.Build();
  if (!relabeling.Apply(labels)) return std::nullopt;

  const std::string found(labels.Get("__address__"));
  if (found.empty()) return Fail(ErrorCode::kInvalidArgument, "no address");
  if (Status status = CheckAddress(found); !status) return Fail(status.error());
  if (Status status = ReadSchedule(labels, target); !status) return Fail(status.error());
  target.url = Url(labels, job);
  SetDefault(labels, "instance", found);
  std::vector<model::LabelView> kept;
  for (const model::LabelView label : labels.span()) {
    if (!label.name.starts_with("__")) kept.push_back(label);
  }
  target.labels = model::Labels(kept);
  return target;
}

}  // namespace tocsin::collect
