// A backtest's findings for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "alerting/commands/backtest_messages.h"
#include "alerting/commands/backtest_run.h"

namespace tocsin::app {

constexpr int kTimelineColumns = 72;

/// A line an alert: what it is, since when it was pending and fired, when it ended and why.
std::string BacktestTable(const BacktestResult& result);
/// A row an alert over the whole time: `.` nothing, `-` pending, `#` firing.
std::string BacktestTimeline(const BacktestResult& result, Timestamp from, Timestamp to);
/// {"evaluations":…,"alerts":[{"labels":…,"activeAt":…,"firedAt":…,"endedAt":…,"endReason":…,"value":…}],"errors":[…]}
/// With `messages`, also {"messages":[{"receiver":…,"integration":…,"count":…}]}.
std::string BacktestJson(const BacktestResult& result, const std::vector<MessageCount>* messages = nullptr);

}  // namespace tocsin::app
