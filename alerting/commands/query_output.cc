#include "alerting/commands/query_output.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerting/commands/plot.h"
#include "alerting/model/labels.h"
#include "base/time.h"

namespace tocsin::app {
namespace {

using nlohmann::json;

struct Point {
  double time = 0;
  std::string text;
  double value() const { return std::strtod(text.c_str(), nullptr); }
};

struct Line {
  std::string name;
  std::vector<Point> points;
};

Point PointOf(const json& pair) { return {pair.at(0).get<double>(), pair.at(1).get<std::string>()}; }

std::string NameOf(const json& metric) {
  std::vector<model::Label> labels;
  for (const auto& [name, value] : metric.items()) labels.push_back({name, value.get<std::string>()});
  return model::Labels(labels).ToString();
}

std::string TimeText(double seconds) { return FormatRfc3339(Timestamp::FromSeconds(seconds)); }

/// Names to the left, values to the right.
std::string Table(const std::vector<std::pair<std::string, std::string>>& rows) {
  size_t width = 0;
  for (const auto& [name, value] : rows) width = std::max(width, name.size());
  std::string text;
  for (const auto& [name, value] : rows) text += fmt::format("{:<{}}  {}\n", name, width, value);
  return text;
}

std::string VectorTable(const json& result) {
  std::vector<std::pair<std::string, std::string>> rows;
  rows.reserve(result.size());
  for (const json& element : result) {
    rows.emplace_back(NameOf(element.at("metric")), PointOf(element.at("value")).text);
  }
  return rows.empty() ? "no series\n" : Table(rows);
}

std::vector<Line> LinesOf(const json& result) {
  std::vector<Line> lines;
  for (const json& series : result) {
    Line line{NameOf(series.at("metric")), {}};
    for (const json& pair : series.at("values")) line.points.push_back(PointOf(pair));
    lines.push_back(std::move(line));
  }
  return lines;
}

/// What a series did: the last value as it was answered, and bounds and mean of those that are finite.
std::string SummaryOf(const Line& line) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  double sum = 0;
  size_t finite = 0;
  for (const Point& point : line.points) {
    const double value = point.value();
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
    sum += value;
    ++finite;
  }
  if (finite == 0) return fmt::format("last {}", line.points.back().text);
  return fmt::format("last {}  min {:.6g}  avg {:.6g}  max {:.6g}", line.points.back().text, low,
                     sum / static_cast<double>(finite), high);
}

std::string Legend(const std::vector<Line>& lines, const Terminal& terminal) {
  size_t width = 0;
  for (const Line& line : lines) width = std::max(width, line.name.size());
  width = std::min(width, static_cast<size_t>(terminal.columns) / 2);
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i == kMostPlotted) text += fmt::format("   not plotted, being more than {}:\n", kMostPlotted);
    text += fmt::format("{} {:<{}}  {}\n", PlotMark(i, lines.size(), terminal), lines[i].name, width,
                        SummaryOf(lines[i]));
  }
  return text;
}

std::string PlotOf(const std::vector<Line>& lines, double step, const Terminal& terminal) {
  std::vector<PlotLine> plotted;
  for (const Line& line : lines) {
    PlotLine& one = plotted.emplace_back(PlotLine{line.name, {}});
    for (const Point& point : line.points) one.points.push_back({point.time, point.value()});
  }
  return Plot(plotted, step, terminal) + "\n" + Legend(lines, terminal);
}

/// Of an instant query for a range vector: every sample.
std::string Samples(const std::vector<Line>& lines) {
  std::string text;
  for (const Line& line : lines) {
    text += line.name + "\n";
    for (const Point& point : line.points)
      text += fmt::format("  {}  {}\n", TimeText(point.time), point.text);
  }
  return text;
}

std::string MatrixText(const json& result, std::optional<double> step, const Terminal& terminal) {
  std::vector<Line> lines = LinesOf(result);
  std::erase_if(lines, [](const Line& line) { return line.points.empty(); });
  if (lines.empty()) return "no series\n";
  return step ? PlotOf(lines, *step, terminal) : Samples(lines);
}

}  // namespace

std::string FormatAnswer(const nlohmann::json& data, std::optional<double> step, const Terminal& terminal) {
  try {
    const std::string type = data.at("resultType").get<std::string>();
    const json& result = data.at("result");
    if (type == "vector") return VectorTable(result);
    if (type == "matrix") return MatrixText(result, step, terminal);
    return PointOf(result).text + "\n";
  } catch (const json::exception&) {
    return data.dump(2) + "\n";
  }
}

}  // namespace tocsin::app
