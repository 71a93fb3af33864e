// What the user typed, as options.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "alerting/app.h"
#include "alerting/commands/lint.h"
#include "base/flags/flags.h"

namespace tocsin::app {

enum class Command { kServe, kCheckConfig, kCheckRules, kCheckNotify, kCheckWebConfig, kAction };

struct CommandLine {
  Command command = Command::kServe;
  ServeOptions serve;
  flags::LogFlags log;
  std::vector<std::string> files;  ///< of `check …`
  LintChecks lint;                 ///< of `check config|rules`
  bool lint_fatal = false;
  std::optional<std::string> lint_url;  ///< an API, for what only data can tell
  std::function<int()> action;          ///< of a command that needs nothing of the above; gives the exit code
  /// Set when there is nothing left to do: --help and --version (0), a mistake (with its message printed).
  std::optional<int> exit_code;
};

CommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace tocsin::app
