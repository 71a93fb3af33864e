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

#include "alerting/model/labels.h"
#include "base/time.h"

namespace tocsin::app {
namespace {

using nlohmann::json;

constexpr int kPlotRows = 14;
constexpr std::string_view kMarks = "*+ox#@%&=~";  // as many series are plotted

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
  return model::Labels(std::move(labels)).ToString();
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

/// The smallest and greatest finite of what `get` gives of the points.
template <typename Get>
std::pair<double, double> Bounds(const std::vector<Line>& lines, Get get) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const Line& line : lines) {
    for (const Point& point : line.points) {
      const double value = get(point);
      if (!std::isfinite(value)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  return {low, high};
}

size_t Cell(double value, double low, double high, int cells) {
  const double share = high > low ? (value - low) / (high - low) : 0.5;
  return static_cast<size_t>(std::lround(share * (cells - 1)));
}

std::string Plot(const std::vector<Line>& lines) {
  const auto [first, last] = Bounds(lines, [](const Point& point) { return point.time; });
  const auto [low, high] = Bounds(lines, [](const Point& point) { return point.value(); });
  if (!(low <= high)) return {};
  std::vector<std::string> rows(kPlotRows, std::string(kPlotColumns, ' '));
  for (size_t i = 0; i < std::min(lines.size(), kMarks.size()); ++i) {
    for (const Point& point : lines[i].points) {
      if (!std::isfinite(point.value())) continue;
      const size_t row = kPlotRows - 1 - Cell(point.value(), low, high, kPlotRows);
      rows[row][Cell(point.time, first, last, kPlotColumns)] = kMarks[i];
    }
  }
  std::string text;
  for (size_t row = 0; row < rows.size(); ++row) {
    const std::string scale = row == 0                 ? fmt::format("{:.4g}", high)
                              : row + 1 == rows.size() ? fmt::format("{:.4g}", low)
                                                       : "";
    text += fmt::format("{:>10} |{}\n", scale, rows[row]);
  }
  text += fmt::format("{:>10} +{}\n{:>12}{:<{}}{}\n\n", "", std::string(kPlotColumns, '-'), "",
                      TimeText(first), kPlotColumns - 20, TimeText(last));
  return text;
}

std::string Legend(const std::vector<Line>& lines) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (size_t i = 0; i < lines.size(); ++i) {
    const auto [low, high] = Bounds({lines[i]}, [](const Point& point) { return point.value(); });
    const char mark = i < kMarks.size() ? kMarks[i] : ' ';
    rows.emplace_back(fmt::format("{} {}", mark, lines[i].name),
                      fmt::format("last {}  min {:g}  max {:g}", lines[i].points.back().text, low, high));
  }
  return Table(rows);
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

std::string MatrixText(const json& result, bool plotted) {
  std::vector<Line> lines = LinesOf(result);
  std::erase_if(lines, [](const Line& line) { return line.points.empty(); });
  if (lines.empty()) return "no series\n";
  return plotted ? Plot(lines) + Legend(lines) : Samples(lines);
}

}  // namespace

std::string FormatAnswer(const json& data, bool range) {
  try {
    const std::string type = data.at("resultType").get<std::string>();
    const json& result = data.at("result");
    if (type == "vector") return VectorTable(result);
    if (type == "matrix") return MatrixText(result, range);
    return PointOf(result).text + "\n";
  } catch (const json::exception&) {
    return data.dump(2) + "\n";
  }
}

}  // namespace tocsin::app
