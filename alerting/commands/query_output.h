// A query's answer for a terminal: a table, and for ranges a plot.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace tocsin::app {

constexpr int kPlotColumns = 72;

/// `data` is what Prometheus' API answers a query with; of another shape it is printed as it is.
/// A matrix that answers a range query is plotted, another is listed.
std::string FormatAnswer(const nlohmann::json& data, bool range);

}  // namespace tocsin::app
