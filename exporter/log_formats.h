// Which logs there are and how their lines are read: --nginx.conf and --nginx.log-format put together.
#pragma once

#include <string>
#include <vector>

#include "base/log.h"
#include "exporter/config/options.h"
#include "exporter/parse/parser_factory.h"

namespace tocsin::exporter {

/// The options with what --nginx.conf says, if it is given: its formats, its error logs and access logs
/// unless
/// --nginx.error-log and --nginx.access-log name some. `log` hears which of its logs can't be followed.
/// Errors of parse::ReadNginxConf.
Result<Options> WithNginxConf(Options options, const Logger& log);

/// kInvalidArgument for a --nginx.log-format that can't be read.
Result<parse::ParserFactory> MakeParsers(const Options& options);

/// Paths and globs of all logs to be read.
std::vector<std::string> LogPatterns(const Options& options);
/// Whether the log of that path is one of --nginx.error-log.
bool IsErrorLog(const Options& options, const std::string& path);

}  // namespace tocsin::exporter
