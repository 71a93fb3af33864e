#include "alerting/web/targets_api.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "alerting/promql/parse/parser.h"
#include "alerting/web/json.h"
#include "alerting/web/json_tree.h"
#include "alerting/web/parameters.h"

namespace tocsin::web {
namespace {

/// A URL around its host: "http://", "h", ":80/path".
struct Place {
  std::string_view before;
  std::string_view host;
  std::string_view behind;
};

Place PlaceOf(std::string_view url) {
  const size_t mark = url.find("://");
  const size_t start = mark == std::string_view::npos ? 0 : mark + 3;
  const size_t closing = url.substr(start).starts_with('[') ? url.find(']', start) : start;
  const size_t end = std::min(url.find_first_of(":/?", closing), url.size());
  return {url.substr(0, start), url.substr(start, end - start), url.substr(end)};
}

Json TargetJson(const std::string& job, const collect::TargetSnapshot& target,
                const std::string& external_url) {
  const collect::TargetStatus& status = target.status;
  const bool scraped = status.last_scrape.millis() != 0;
  return {{"discoveredLabels", LabelsJson(target.target.discovered)},
          {"labels", LabelsJson(target.target.labels)},
          {"scrapePool", job},
          {"scrapeUrl", target.target.url},
          {"globalUrl", GlobalUrl(target.target.url, external_url)},
          {"lastError", status.last_error},
          {"lastScrape", scraped ? FormatRfc3339(status.last_scrape) : kNever},
          {"lastScrapeDuration", static_cast<double>(status.last_duration.count()) / 1000.0},
          {"health", collect::HealthName(status.health)},
          {"scrapeInterval", FormatDuration(target.target.interval)},
          {"scrapeTimeout", FormatDuration(target.target.timeout)}};
}

http::Response Targets(const JobsSource& jobs, const std::string& external_url,
                       const http::Request& request) {
  const ParameterReader in(request);
  std::string state(in.Text("state"));
  std::transform(state.begin(), state.end(), state.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const bool active = state != "dropped";
  const bool dropped = state == "any" || state.empty() || state == "dropped";
  const std::string_view pool = in.Text("scrapePool");
  Json active_list = Json::array();
  Json dropped_list = Json::array();
  Json counts = dropped ? Json::object() : Json();
  for (const collect::JobSnapshot& job : jobs()) {
    if (dropped) counts[job.job_name] = job.dropped_count;  // of all pools, whichever is asked for
    if (!pool.empty() && pool != job.job_name) continue;
    if (active) {
      for (const auto& target : job.active)
        active_list.push_back(TargetJson(job.job_name, target, external_url));
    }
    if (!dropped) continue;
    for (const model::Labels& labels : job.dropped) {
      dropped_list.push_back({{"discoveredLabels", LabelsJson(labels)}, {"scrapePool", job.job_name}});
    }
  }
  return Success(Dump({{"activeTargets", std::move(active_list)},
                       {"droppedTargets", std::move(dropped_list)},
                       {"droppedTargetCounts", std::move(counts)}}));
}

http::Response ScrapePools(const JobsSource& jobs) {
  Json names = Json::array();
  for (const collect::JobSnapshot& job : jobs()) names.push_back(job.job_name);
  return Success(Dump({{"scrapePools", std::move(names)}}));
}

/// A number that may be missing; -1 without one. False when it is none.
bool ReadCount(const ParameterReader& in, std::string_view name, int64_t& count) {
  const std::string_view text = in.Text(name);
  count = -1;
  if (text.empty()) return true;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  return error == std::errc{} && end == text.data() + text.size();
}

Json MetadataJson(const collect::MetricMetadata& metadata) {
  return {{"type", metadata.type}, {"help", metadata.help}, {"unit", metadata.unit}};
}

http::Response Metadata(const JobsSource& jobs, const http::Request& request) {
  const ParameterReader in(request);
  int64_t limit = -1;
  int64_t per_metric = -1;
  if (!ReadCount(in, "limit", limit)) return Failure(400, "bad_data", "limit must be a number");
  if (!ReadCount(in, "limit_per_metric", per_metric)) {
    return Failure(400, "bad_data", "limit_per_metric must be a number");
  }
  const std::string_view metric = in.Text("metric");
  std::map<std::string, std::vector<collect::MetricMetadata>> by_name;
  for (const collect::JobSnapshot& job : jobs()) {
    for (const collect::TargetSnapshot& target : job.active) {
      for (const auto& [name, metadata] : *target.status.metadata) {
        if (!metric.empty() && metric != name) continue;
        auto& all = by_name[name];
        if (per_metric > 0 && all.size() >= static_cast<size_t>(per_metric)) continue;
        if (std::find(all.begin(), all.end(), metadata) == all.end()) all.push_back(metadata);
      }
    }
  }
  Json answer = Json::object();
  for (const auto& [name, all] : by_name) {
    if (limit >= 0 && answer.size() >= static_cast<size_t>(limit)) break;
    for (const collect::MetricMetadata& metadata : all) answer[name].push_back(MetadataJson(metadata));
  }
  return Success(Dump(answer));
}

http::Response TargetsMetadata(const JobsSource& jobs, const http::Request& request) {
  const ParameterReader in(request);
  int64_t limit = -1;
  if (!ReadCount(in, "limit", limit)) return Failure(400, "bad_data", "limit must be a number");
  model::Matchers wanted;
  if (const std::string_view text = in.Text("match_target"); !text.empty()) {
    auto matchers = promql::ParseSelector(text);
    if (!matchers) return BadParameter("match_target", matchers.error().ToString());
    wanted = std::move(*matchers);
  }
  const std::string_view metric = in.Text("metric");
  Json answer = Json::array();
  for (const collect::JobSnapshot& job : jobs()) {
    for (const collect::TargetSnapshot& target : job.active) {
      if (!model::MatchesAll(wanted, target.target.labels)) continue;
      for (const auto& [name, metadata] : *target.status.metadata) {
        if (!metric.empty() && metric != name) continue;
        if (limit >= 0 && answer.size() >= static_cast<size_t>(limit)) break;
        Json entry = {{"target", LabelsJson(target.target.labels)}};
        if (metric.empty()) entry["metric"] = name;
        entry.update(MetadataJson(metadata));
        answer.push_back(std::move(entry));
      }
    }
  }
  return Success(Dump(answer));
}

}  // namespace

std::string GlobalUrl(const std::string& url, const std::string& external_url) {
  const Place target = PlaceOf(url);
  if (external_url.empty() ||
      (target.host != "127.0.0.1" && target.host != "localhost" && target.host != "[::1]")) {
    return url;
  }
  const std::string host(PlaceOf(external_url).host);
  return std::string(target.before) + host + std::string(target.behind);
}

void AddTargetsApi(http::Router& router, const JobsSource& jobs, const std::string& external_url) {
  router.Get("/api/v1/targets", [jobs, external_url](const http::Request& request) {
    return Targets(jobs, external_url, request);
  });
  router.Get("/api/v1/scrape_pools", [jobs](const http::Request&) { return ScrapePools(jobs); });
  router.Get("/api/v1/targets/metadata",
             [jobs](const http::Request& request) { return TargetsMetadata(jobs, request); });
}

void AddMetadataApi(http::Router& router, const JobsSource& jobs) {
  router.Get("/api/v1/metadata", [jobs](const http::Request& request) { return Metadata(jobs, request); });
}

}  // namespace tocsin::web
