// A canvas of dots, two by four in a character of braille or one in a letter; values go to dots, dots to
// text.
#include "alerting/commands/plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/time.h"

namespace tocsin::app {
namespace {

constexpr int kRows = 16;
constexpr int kTickEvery = 3;  // rows
constexpr std::string_view kLetters = "abcdefghij";
static_assert(kLetters.size() == kMostPlotted);
// Of the 256 that terminals have: told apart on black and on white.
constexpr std::array<int, kMostPlotted> kColors = {33, 208, 34, 161, 135, 37, 178, 205, 64, 244};

struct Bounds {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void Add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

bool DrawsBraille(size_t lines, const Terminal& terminal) {
  return terminal.unicode && (terminal.color || lines == 1);
}

std::string Colored(size_t index, std::string_view text, const Terminal& terminal) {
  if (!terminal.color) return std::string(text);
  return fmt::format("\x1b[38;5;{}m{}\x1b[0m", kColors[index % kColors.size()], text);
}

/// The dots of one plot, of the last line that was drawn there.
class Canvas {
 public:
  Canvas(int columns, bool braille)
      : braille_(braille), columns_(columns), cells_(static_cast<size_t>(columns * kRows)) {}

  int width() const { return columns_ * (braille_ ? 2 : 1); }
  int height() const { return kRows * (braille_ ? 4 : 1); }

  /// A straight line of dots. `y` counts from below.
  void Draw(std::pair<int, int> from, std::pair<int, int> to, size_t line) {
    const int steps = std::max({std::abs(to.first - from.first), std::abs(to.second - from.second), 1});
    for (int i = 0; i <= steps; ++i) {
      const double share = static_cast<double>(i) / steps;
      Set(static_cast<int>(std::lround(from.first + share * (to.first - from.first))),
          static_cast<int>(std::lround(from.second + share * (to.second - from.second))), line);
    }
  }

  /// Row `row` from above, without what is blank at its end.
  std::string Row(int row, const Terminal& terminal) const {
    std::string text;
    std::string run;  // neighbours of one line get their colour together
    size_t line = 0;
    size_t blanks = 0;
    const auto end_run = [&] {
      if (!run.empty()) text += Colored(line, std::exchange(run, {}), terminal);
    };
    for (int column = 0; column < columns_; ++column) {
      const Cell& cell =
          cells_[static_cast<size_t>(row) * static_cast<size_t>(columns_) + static_cast<size_t>(column)];
      if (cell.dots == 0 || cell.line != line) end_run();
      if (cell.dots == 0) {
        ++blanks;
        continue;
      }
      text.append(std::exchange(blanks, 0), ' ');
      line = cell.line;
      run += braille_ ? Braille(cell.dots) : std::string(kLetters.substr(line, 1));
    }
    end_run();
    return text;
  }

 private:
  struct Cell {
    unsigned char dots = 0;
    size_t line = 0;
  };

  void Set(int x, int y, size_t line) {
    const int above = height() - 1 - y;
    Cell& cell = cells_[static_cast<size_t>(braille_ ? above / 4 * columns_ + x / 2 : above * columns_ + x)];
    if (cell.line != line) cell.dots = 0;
    cell.line = line;
    // Unicode numbers a character's dots down its left side, down its right side, then the lowest two.
    constexpr unsigned char kDots[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    cell.dots = static_cast<unsigned char>(cell.dots | (braille_ ? kDots[above % 4][x % 2] : 1));
  }

  static std::string Braille(unsigned char dots) {  // U+2800 and what follows
    return {'\xe2', static_cast<char>(0xa0 | (dots >> 6)), static_cast<char>(0x80 | (dots & 0x3f))};
  }

  bool braille_;
  int columns_;
  std::vector<Cell> cells_;
};

/// Bounds that a scale reads well with: multiples of 1, 2 or 5 times a power of ten, a little outside of the
/// values.
Bounds Rounded(Bounds values, double& unit) {
  constexpr double kFarthest =
      8e307;  // so that what lies between is finite; what is beyond is drawn at the edge
  values = {std::clamp(values.low, -kFarthest, kFarthest), std::clamp(values.high, -kFarthest, kFarthest)};
  double span = values.high - values.low;
  if (!(span > 0)) span = std::max(std::fabs(values.low), 1.0) * 0.2;
  constexpr int kTicks = kRows / kTickEvery;
  const double rough = span / kTicks;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  unit = power;
  for (const double factor : {2.0, 5.0, 10.0}) {
    if (unit < rough * 0.999) unit = power * factor;
  }
  Bounds rounded{std::floor(values.low / unit) * unit, std::ceil(values.high / unit) * unit};
  if (!(rounded.low < rounded.high)) rounded = {values.low - unit, values.high + unit};
  if (!std::isfinite(rounded.low) || !std::isfinite(rounded.high)) return values;
  return rounded;
}

std::string TickText(double value, double unit) {
  if (std::fabs(value) < unit / 1000) value = 0;
  return fmt::format("{:.6g}", value);
}

/// The row, from above, whose middle is nearest to each multiple of the unit.
std::vector<std::string> ScaleLabels(const Bounds& scale, double unit) {
  std::vector<std::string> labels(kRows);
  const double wanted = std::round((scale.high - scale.low) / unit);
  const int ticks = wanted >= 1 && wanted <= kRows ? static_cast<int>(wanted) : 1;
  for (int i = 0; i <= ticks; ++i) {
    const double share = static_cast<double>(i) / ticks;
    const double tick = scale.low + share * (scale.high - scale.low);
    const auto row = static_cast<size_t>(std::lround((1 - share) * (kRows - 1)));
    labels[row] = TickText(tick, unit);
  }
  return labels;
}

/// "10:15", with seconds or the date where the span asks for them.
std::string TimeLabel(double seconds, double span) {
  const std::string text =
      FormatRfc3339(Timestamp::FromSeconds(std::round(seconds)));  // 2026-11-20T20:13:00Z
  if (span > 2 * 86'400.0) return text.substr(5, 5) + " " + text.substr(11, 5);
  return span < 600 ? text.substr(11, 8) : text.substr(11, 5);
}

/// The line below the plot: the axis with ticks, and their times.
std::string TimeAxis(const Bounds& times, int columns, size_t indent, const Terminal& terminal) {
  const double span = times.high - times.low;
  const auto width = static_cast<int>(TimeLabel(times.low, span).size());
  const int ticks = std::max(1, columns / (width + 6));
  std::string axis;
  std::string labels;
  for (int column = 0, tick = 0; column < columns; ++column) {
    const int next = ticks == 1 ? 0 : tick * (columns - 1) / (ticks - 1);
    if (column != next || tick >= ticks) {
      axis += terminal.unicode ? "─" : "-";
      continue;
    }
    axis += terminal.unicode ? "┬" : "+";
    const double share = columns > 1 ? static_cast<double>(column) / (columns - 1) : 0;
    const int start = std::clamp(column - width / 2, 0, std::max(0, columns - width));
    labels.resize(std::max(labels.size(), static_cast<size_t>(start)), ' ');
    labels += TimeLabel(times.low + share * span, span);
    ++tick;
  }
  const std::string day = FormatRfc3339(Timestamp::FromSeconds(std::round(times.high))).substr(0, 10);
  return fmt::format("{:>{}} {}{}\n{:>{}}  {}\n{:>{}}  {} UTC\n", "", indent, terminal.unicode ? "└" : "+",
                     axis, "", indent, labels, "", indent, day);
}

void DrawLine(Canvas& canvas, const PlotLine& line, size_t index, double longest_gap, const Bounds& times,
              const Bounds& scale) {
  const auto dot = [](double value, const Bounds& bounds, int dots) {
    const double share = bounds.high > bounds.low ? (value - bounds.low) / (bounds.high - bounds.low) : 0.5;
    return static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * (dots - 1)));
  };
  const PlotPoint* before = nullptr;
  std::pair<int, int> last;
  for (const PlotPoint& point : line.points) {
    if (!std::isfinite(point.value)) {
      before = nullptr;
      continue;
    }
    const std::pair<int, int> at{dot(point.time, times, canvas.width()),
                                 dot(point.value, scale, canvas.height())};
    const bool joined = before != nullptr && point.time - before->time <= longest_gap;
    canvas.Draw(joined ? last : at, at, index);
    before = &point;
    last = at;
  }
}

constexpr int kScaleColumns = 12;

}  // namespace

int PlotPoints(const Terminal& terminal) { return std::max(10, terminal.columns - kScaleColumns); }

std::string Plot(const std::vector<PlotLine>& lines, double step, const Terminal& terminal) {
  const size_t plotted = std::min(lines.size(), kMostPlotted);
  Bounds times;
  Bounds values;
  for (size_t i = 0; i < plotted; ++i) {
    for (const PlotPoint& point : lines[i].points) {
      times.Add(point.time);
      if (std::isfinite(point.value)) values.Add(point.value);
    }
  }
  if (!(values.low <= values.high)) return {};
  double unit = 1;
  const Bounds scale = Rounded(values, unit);
  Canvas canvas(PlotPoints(terminal), DrawsBraille(lines.size(), terminal));
  for (size_t i = plotted; i-- > 0;)
    DrawLine(canvas, lines[i], i, step * 1.5, times, scale);  // the first on top
  const std::vector<std::string> labels = ScaleLabels(scale, unit);
  size_t indent = 0;
  for (const std::string& label : labels) indent = std::max(indent, label.size());
  std::string text;
  for (int row = 0; row < kRows; ++row) {
    const std::string& label = labels[static_cast<size_t>(row)];
    const std::string_view edge =
        terminal.unicode ? (label.empty() ? "│" : "┤") : (label.empty() ? "|" : "+");
    text += fmt::format("{:>{}} {}{}\n", label, indent, edge, canvas.Row(row, terminal));
  }
  return text + TimeAxis(times, PlotPoints(terminal), indent, terminal);
}

std::string PlotMark(size_t index, size_t lines, const Terminal& terminal) {
  if (index >= kMostPlotted) return "  ";
  if (!DrawsBraille(lines, terminal)) return Colored(index, kLetters.substr(index, 1), terminal) + " ";
  return Colored(index, "━━", terminal);
}

}  // namespace tocsin::app
