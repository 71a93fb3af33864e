// Prometheus' API v1: how the server is set up and how it does.
// https://prometheus.io/docs/prometheus/latest/querying/api/#status
#pragma once

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

struct StatusSource {
  const model::LabelSource& labels;
  const Clock& clock;
  std::map<std::string, std::string> flags;
  std::string retention;
  std::string version;
  std::function<ReloadInfo()> reload;  ///< called for each request, from any thread
};

/// Adds /api/v1/status/buildinfo, config, flags, runtimeinfo, tsdb and /api/v1/alertmanagers. What `source`
/// refers to must outlive the router.
void AddStatusApi(http::Router& router, StatusSource source);

/// A document without its comments, as far as secrets go: values of keys that hold them read <secret>, a
/// password within a URL xxxxx. ${NAME} stays a name.
std::string RedactedYaml(const yaml::Node& document);

}  // namespace tocsin::web
