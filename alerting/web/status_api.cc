#include "alerting/web/status_api.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

#include "alerting/web/json.h"
#include "alerting/web/json_tree.h"
#include "alerting/web/parameters.h"

namespace tocsin::web {
namespace {

std::string Hostname() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

http::Response BuildInfo(const StatusSource& source) {
  return Success(Dump({{"version", source.version},
                       {"revision", ""},
                       {"branch", ""},
                       {"buildUser", ""},
                       {"buildDate", ""},
                       {"goVersion", ""}}));
}

http::Response RuntimeInfo(const StatusSource& source, Timestamp start) {
  const ReloadInfo reload = source.reload();
  std::error_code unknown;
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  return Success(Dump({{"startTime", FormatRfc3339(start)},
                       {"CWD", std::filesystem::current_path(unknown).string()},
                       {"hostname", Hostname()},
                       {"serverTime", FormatRfc3339(source.clock.Now())},
                       {"reloadConfigSuccess", reload.successful},
                       {"lastConfigTime", FormatRfc3339(reload.last_success)},
                       {"corruptionCount", source.corruptions ? source.corruptions() : 0},
                       {"goroutineCount", 0},
                       {"GOMAXPROCS", cores},
                       {"GOMEMLIMIT", 0},
                       {"GOGC", ""},
                       {"GODEBUG", ""},
                       {"storageRetention", source.retention}}));
}

using Counts = std::map<std::string, uint64_t>;

/// The greatest first, of equal ones by name.
Json Greatest(const Counts& counts, size_t most) {
  std::vector<std::pair<std::string, uint64_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (sorted.size() > most) sorted.resize(most);
  Json list = Json::array();
  for (const auto& [name, value] : sorted) list.push_back({{"name", name}, {"value", value}});
  return list;
}

http::Response Tsdb(const StatusSource& source, const http::Request& request) {
  const ParameterReader in(request);
  size_t most = 10;
  if (const std::string_view text = in.Text("limit"); !text.empty()) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), most);
    if (error != std::errc{} || end != text.data() + text.size() || most < 1) {
      return Failure(400, "bad_data", "limit must be a positive number");
    }
  }
  auto series = source.labels.SeriesLabels({}, {Timestamp::Min(), Timestamp::Max()}, 0);
  if (!series) return Failure(500, "internal", series.error().message());
  Counts by_name;
  Counts by_pair;
  for (const model::Labels& labels : *series) {
    ++by_name[std::string(labels.metric_name())];
    for (const model::LabelView label : labels)
      ++by_pair[std::string(label.name).append("=").append(label.value)];
  }
  Counts values;
  Counts bytes;
  for (const auto& [pair, count] : by_pair) {
    const std::string name = pair.substr(0, pair.find('='));
    ++values[name];
    bytes[name] += count * (pair.size() - name.size() - 1);
  }
  const HeadInfo head = source.head ? source.head() : HeadInfo();
  return Success(Dump({{"headStats",
                        {{"numSeries", series->size()},
                         {"numLabelPairs", by_pair.size()},
                         {"chunkCount", head.chunks},
                         {"minTime", head.first.millis()},
                         {"maxTime", head.last.millis()}}},
                       {"seriesCountByMetricName", Greatest(by_name, most)},
                       {"labelValueCountByLabelName", Greatest(values, most)},
                       {"memoryInBytesByLabelName", Greatest(bytes, most)},
                       {"seriesCountByLabelValuePair", Greatest(by_pair, most)}}));
}

http::Response ListAlertmanagers(const StatusSource& source) {
  const AlertmanagerUrls urls = source.alertmanagers ? source.alertmanagers() : AlertmanagerUrls();
  const auto list = [](const std::vector<std::string>& all) {
    Json items = Json::array();
    for (const std::string& url : all) items.push_back({{"url", url}});
    return items;
  };
  return Success(
      Dump({{"activeAlertmanagers", list(urls.active)}, {"droppedAlertmanagers", list(urls.dropped)}}));
}

}  // namespace

void AddStatusApi(http::Router& router, StatusSource source) {
  const Timestamp start = source.clock.Now();
  auto shared = std::make_shared<const StatusSource>(std::move(source));
  router.Get("/api/v1/status/buildinfo", [shared](const http::Request&) { return BuildInfo(*shared); });
  router.Get("/api/v1/status/runtimeinfo",
             [shared, start](const http::Request&) { return RuntimeInfo(*shared, start); });
  router.Get("/api/v1/status/flags",
             [shared](const http::Request&) { return Success(Dump(Json(shared->flags))); });
  router.Get("/api/v1/status/config", [shared](const http::Request&) {
    return Success(Dump({{"yaml", shared->reload().config}}));
  });
  router.Get("/api/v1/status/tsdb",
             [shared](const http::Request& request) { return Tsdb(*shared, request); });
  router.Get("/api/v1/alertmanagers", [shared](const http::Request&) { return ListAlertmanagers(*shared); });
}

}  // namespace tocsin::web
