// All that a user can set, as the rooms want it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/exposition/writer.h"
#include "base/flags/flags.h"
#include "exporter/certificates/collector.h"
#include "exporter/containers/collector.h"
#include "exporter/evidence/ring.h"
#include "exporter/kernel/paths.h"
#include "exporter/parse/name_map.h"
#include "exporter/parse/nginx_conf.h"
#include "exporter/stub_status/collector.h"
#include "exporter/traffic/traffic.h"

namespace tocsin::exporter {

struct WebOptions {
  std::vector<std::string> listen = {":9113"};
  bool systemd_socket = false;  ///< take over the sockets that systemd has opened, in place of `listen`
  std::string telemetry_path = "/metrics";
  std::string config_file;        ///< "": plain HTTP, open to everyone
  bool enable_lifecycle = false;  ///< serve POST /-/reload
};

struct Options {
  std::string config_file;
  WebOptions web;
  exposition::ConstantLabels constant_labels;
  stub_status::CollectorOptions stub_status;
  certificates::Options certificates;
  std::vector<std::string> access_logs;
  std::vector<std::string> error_logs;
  std::string log_format = "auto";
  std::string nginx_conf;
  std::string nginx_prefix;
  parse::NginxLogs nginx;       ///< what nginx_conf says, once it has been read
  parse::ParserOptions parser;  ///< by the configuration file
  std::vector<std::string> syslog_listen;
  std::string state_path;  ///< "" for no checkpoint
  traffic::Options traffic;
  evidence::Options evidence;
  kernel::Paths paths;
  bool collect_nginx = true;
  bool collect_host = true;
  containers::Options containers;
  bool collect_containers = true;
  flags::LogFlags log;
  /// The options anew, by the same flags and the configuration file as it is now; without it nothing is read
  /// again.
  std::function<Checked<Options>()> read_again;
};

}  // namespace tocsin::exporter
