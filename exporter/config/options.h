// All that a user can set, as the rooms want it.
#pragma once

#include <string>
#include <vector>

#include "base/flags/flags.h"
#include "exporter/stub_status/collector.h"
#include "exporter/traffic/traffic.h"

namespace tocsin::exporter {

struct Options {
  std::vector<std::string> listen = {":9113"};
  std::string telemetry_path = "/metrics";
  stub_status::CollectorOptions stub_status;
  std::vector<std::string> access_logs;
  std::string log_format = "auto";
  traffic::Options traffic;
  flags::LogFlags log;
};

}  // namespace tocsin::exporter
