// The command line of `tocsin silence`, `alerts`, `maintenance` and `notify`.
#pragma once

#include <functional>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace tocsin::app {

/// Adds them below `app`; parsing one sets `action` to what it does, which gives the exit code. `action` must
/// outlive the parsing.
void AddNotifyCommands(CLI::App& app, std::function<int()>& action);

}  // namespace tocsin::app
