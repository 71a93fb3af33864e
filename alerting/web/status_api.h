// Prometheus' API v1: how the server is set up and how it does.
// https://prometheus.io/docs/prometheus/latest/querying/api/#status
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "alerting/model/series_source.h"
#include "base/clock.h"
#include "base/http/server.h"
#include "base/yaml/node.h"

namespace tocsin::web {

struct ReloadInfo {
  bool successful = false;
  Timestamp last_success;
  std::string config;  ///< as RedactedYaml() prints it
};

/// Of the samples in memory. Of none, as Prometheus says it: the greatest and the least time.
struct HeadInfo {
  uint64_t chunks = 0;
  Timestamp first = Timestamp::Max();
  Timestamp last = Timestamp::Min();
};

/// Real Alertmanagers: those that alerts are sent to, and those that relabelling drops.
struct AlertmanagerUrls {
  std::vector<std::string> active;
  std::vector<std::string> dropped;
};

struct StatusSource {
  const model::LabelSource& labels;
  const Clock& clock;
  std::map<std::string, std::string> flags;
  std::string retention;
  std::string version;
  std::function<ReloadInfo()> reload;                 ///< called for each request, from any thread
  std::function<uint64_t()> corruptions{};            ///< damaged places found in the storage; the same
  std::function<HeadInfo()> head{};                   ///< the same
  std::function<AlertmanagerUrls()> alertmanagers{};  ///< the same
};

/// Adds /api/v1/status/buildinfo, config, flags, runtimeinfo, tsdb and /api/v1/alertmanagers. What `source`
/// refers to must outlive the router.
void AddStatusApi(http::Router& router, StatusSource source);

/// A document without its comments, as far as secrets go: values of keys that hold them read <secret>, a
/// password within a URL xxxxx. ${NAME} stays a name.
std::string RedactedYaml(const yaml::Node& document);

}  // namespace tocsin::web
