// What an nginx.conf says of logs: the formats, and which file is written in which.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "exporter/parse/log_format.h"

namespace tocsin::parse {

struct NginxLogs {
  struct AccessLog {
    std::string path;
    std::vector<LogFormat> formats;  ///< more than one when servers share the file but not the format
  };

  std::vector<LogFormat> formats;      ///< each log_format, in the order of the file
  std::vector<AccessLog> access_logs;  ///< each path once
  std::vector<std::string> error_logs;
  /// Logs that no file can be followed for (syslog, gzip, variables in the path) and includes that could not
  /// be read, with their positions.
  std::vector<Error> passed_over;
};

/// Reads an nginx.conf and what it includes. As nginx does, includes are relative to the file's folder and
/// logs to `prefix` (nginx -p); without a prefix that is the folder too, or the one above when it is named
/// "conf". Errors, with file, line and column: kInvalidArgument for what nginx would not take either; those
/// of reading the file itself.
Result<NginxLogs> ReadNginxConf(const std::filesystem::path& path, const std::filesystem::path& prefix = {});

}  // namespace tocsin::parse
