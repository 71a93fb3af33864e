// A query's answer for a terminal: a table, and for ranges a plot.
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "alerting/commands/terminal.h"

namespace tocsin::app {

/// `data` is what Prometheus' API answers a query with; of another shape it is printed as it is. With `step`,
/// the seconds between a range query's points, a matrix is plotted; another is listed.
std::string FormatAnswer(const nlohmann::json& data, std::optional<double> step, const Terminal& terminal);

}  // namespace tocsin::app
