// Command lines in the ecosystem's style (--web.listen-address=:9113), by CLI11, with an environment
// equivalent for each flag and a --help worth reading.
#pragma once

#include <string>
#include <string_view>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/log.h"
#include "base/time.h"

namespace tocsin::flags {

/// Names the program, gives it --version and --help, and --help its look. Subcommands made afterwards inherit
/// it.
void Prepare(CLI::App& app, std::string_view program);

/// Gives every option of `app` and its subcommands the variable PREFIX + its name in capitals, with '_' for
/// '.' and
/// '-': "--nginx.access-log" is TOCSIN_EXPORTER_NGINX_ACCESS_LOG with the prefix "TOCSIN_EXPORTER_". The
/// command line wins over it. To be called when all options are there.
void AddEnvironment(CLI::App& app, std::string_view prefix);

/// "--name" and "--no-name". Also takes "--name=true" and "--name=false", and both as the value of its
/// variable.
CLI::Option* AddSwitch(CLI::App& app, const std::string& name, bool& value, const std::string& help);

/// Options in our own types; a bad value is CLI11's usual error naming the flag.
CLI::Option* AddDuration(CLI::App& app, const std::string& name, Duration& value, const std::string& help);

/// --log.level and --log.format.
struct LogFlags {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kLogfmt;
};
void AddLogFlags(CLI::App& app, LogFlags& flags);

/// "tocsin-exporter, version 0.1.0 (…)": what --version prints.
std::string VersionText(std::string_view program);
std::string_view Version();

}  // namespace tocsin::flags
