#include "exporter/log_formats.h"

#include <algorithm>
#include <utility>

#include <fnmatch.h>

namespace tocsin::exporter {

Result<Options> WithNginxConf(Options options, const Logger& log) {
  if (options.nginx_conf.empty()) return options;
  auto nginx = parse::ReadNginxConf(options.nginx_conf, options.nginx_prefix);
  if (!nginx) return Fail(nginx.error().WithContext("--nginx.conf"));
  for (const Error& passed_over : nginx->passed_over)
    log.Warn("Passed over in nginx.conf", {{"err", passed_over}});
  if (options.access_logs.empty()) {
    for (const parse::NginxLogs::AccessLog& access_log : nginx->access_logs)
      options.access_logs.push_back(access_log.path);
  }
  if (options.error_logs.empty()) options.error_logs = nginx->error_logs;
  options.nginx = std::move(*nginx);
  return options;
}

Result<parse::ParserFactory> MakeParsers(const Options& options) {
  auto parsers = parse::ParserFactory::Make(options.log_format, options.parser, options.nginx);
  if (!parsers) return Fail(parsers.error().WithContext("--nginx.log-format"));
  return parsers;
}

std::vector<std::string> LogPatterns(const Options& options) {
  std::vector<std::string> patterns = options.access_logs;
  patterns.insert(patterns.end(), options.error_logs.begin(), options.error_logs.end());
  return patterns;
}

bool IsErrorLog(const Options& options, const std::string& path) {
  const auto fits = [&](const std::string& pattern) {
    return pattern == path || ::fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0;
  };
  return std::any_of(options.error_logs.begin(), options.error_logs.end(), fits);
}

}  // namespace tocsin::exporter
