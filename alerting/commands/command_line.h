// What the user typed, as options.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "alerting/app.h"
#include "base/flags/flags.h"

namespace tocsin::app {

enum class Command { kServe, kCheckConfig, kCheckRules, kCheckNotify, kCheckWebConfig };

struct CommandLine {
  Command command = Command::kServe;
  ServeOptions serve;
  flags::LogFlags log;
  std::vector<std::string> files;  ///< of `check …`
  /// Set when there is nothing left to do: --help and --version (0), a mistake (with its message printed).
  std::optional<int> exit_code;
};

CommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace tocsin::app
