// Flags and environment to Options.
#pragma once

#include <optional>
#include <string>

#include "exporter/config/options.h"

namespace tocsin::exporter {

enum class Command { kServe, kOnce, kExplainLine, kCheck, kHealthCheck };

struct CommandLine {
  Command command = Command::kServe;
  Options options;
  std::string explained_line = "-";  ///< of kExplainLine; "-" is standard input
  std::string health_url;            ///< of kHealthCheck
  /// Set when there is nothing to do any more: --help and --version have printed, or the command line is
  /// wrong and that has been said on standard error. The process ends with it.
  std::optional<int> exit_code;
};

CommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace tocsin::exporter
