#include "alerting/commands/backtest_output.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerting/web/json.h"
#include "alerting/web/json_tree.h"

namespace tocsin::app {
namespace {

constexpr char kNothing = '.';
constexpr char kPending = '-';
constexpr char kFiring = '#';

std::string TimeOrDash(const std::optional<Timestamp>& t) { return t ? FormatRfc3339(*t) : "-"; }

using TableLine = std::array<std::string, 6>;

std::string AlignColumns(const std::vector<TableLine>& lines) {
  TableLine::size_type column = 0;
  std::array<size_t, 6> widths{};
  for (const TableLine& line : lines) {
    for (column = 0; column < line.size(); ++column)
      widths.at(column) = std::max(widths.at(column), line.at(column).size());
  }
  std::string text;
  for (const TableLine& line : lines) {
    for (column = 0; column + 1 < line.size(); ++column) {
      text += fmt::format("{:<{}}  ", line.at(column), widths.at(column));
    }
    text += line.back() + "\n";
  }
  return text;
}

void Fill(std::string& row, Timestamp begin, Timestamp end, Timestamp from, Timestamp to, char mark) {
  const double span = std::max(1.0, static_cast<double>((to - from).count()));
  const auto cell = [&](Timestamp t) {
    const double share = static_cast<double>((t - from).count()) / span;
    return static_cast<size_t>(std::lround(std::clamp(share, 0.0, 1.0) * (kTimelineColumns - 1)));
  };
  // Firing is never covered by what is less.
  for (size_t i = cell(begin); i <= cell(end); ++i) {
    if (row[i] != kFiring) row[i] = mark;
  }
}

}  // namespace

std::string BacktestTable(const BacktestResult& result) {
  if (result.episodes.empty()) return "no alert would have been pending or firing\n";
  std::vector<TableLine> lines{{"PENDING SINCE", "FIRING SINCE", "ENDED", "REASON", "VALUE", "ALERT"}};
  for (const Episode& episode : result.episodes) {
    const std::string_view reason = model::EndReasonName(episode.end_reason);
    lines.push_back({TimeOrDash(episode.active_at), TimeOrDash(episode.fired_at),
                     TimeOrDash(episode.ended_at), reason.empty() ? "-" : std::string(reason),
                     web::FormatSampleValue(episode.value), episode.labels.ToString()});
  }
  return AlignColumns(lines);
}

std::string BacktestTimeline(const BacktestResult& result, Timestamp from, Timestamp to) {
  std::map<model::Labels, std::string> rows;
  for (const Episode& episode : result.episodes) {
    std::string& row = rows.try_emplace(episode.labels, kTimelineColumns, kNothing).first->second;
    const Timestamp end = episode.ended_at.value_or(to);
    Fill(row, episode.active_at, episode.fired_at.value_or(end), from, to, kPending);
    if (episode.fired_at) Fill(row, *episode.fired_at, end, from, to, kFiring);
  }
  if (rows.empty()) return {};
  std::string text;
  for (const auto& [labels, row] : rows) text += fmt::format("{}  {}\n", row, labels.ToString());
  text += fmt::format("{:<{}}{}\n", FormatRfc3339(from), kTimelineColumns - 20, FormatRfc3339(to));
  text += "- pending  # firing\n";
  return text;
}

std::string BacktestJson(const BacktestResult& result, const std::vector<MessageCount>* messages) {
  web::Json alerts = web::Json::array();
  for (const Episode& episode : result.episodes) {
    web::Json alert = {{"labels", web::LabelsJson(episode.labels)},
                       {"activeAt", FormatRfc3339(episode.active_at)}};
    if (episode.fired_at) alert["firedAt"] = FormatRfc3339(*episode.fired_at);
    if (episode.ended_at) alert["endedAt"] = FormatRfc3339(*episode.ended_at);
    if (episode.end_reason != model::EndReason::kNone)
      alert["endReason"] = model::EndReasonName(episode.end_reason);
    alert["value"] = web::FormatSampleValue(episode.value);
    alerts.push_back(std::move(alert));
  }
  web::Json errors = web::Json::array();
  for (const Error& error : result.errors) errors.push_back(error.ToString());
  web::Json answer = {
      {"evaluations", result.evaluations}, {"alerts", std::move(alerts)}, {"errors", std::move(errors)}};
  if (messages != nullptr) {
    answer["messages"] = web::Json::array();
    for (const MessageCount& count : *messages) {
      answer["messages"].push_back(
          {{"receiver", count.receiver}, {"integration", count.integration}, {"count", count.messages}});
    }
  }
  return web::Dump(answer) + "\n";
}

}  // namespace tocsin::app
