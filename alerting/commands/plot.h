// Lines over time, drawn with characters.
#pragma once

#include <string>
#include <vector>

#include "alerting/commands/terminal.h"

namespace tocsin::app {

struct PlotPoint {
  double time = 0;   ///< seconds since the epoch
  double value = 0;  ///< one that is not finite breaks the line
};

struct PlotLine {
  std::string name;
  std::vector<PlotPoint> points;  ///< by time
};

/// How many lines are told apart; further ones are not drawn.
constexpr size_t kMostPlotted = 10;

/// How many points fit side by side.
int PlotPoints(const Terminal& terminal);

/// Axes with their labels and the lines; "" when no value is finite. In braille, eight dots a character,
/// where the terminal has Unicode and the lines can be told apart (by colour, or as there is but one); else
/// each line has a letter. Points further apart than one and a half steps are not joined; `step` is in
/// seconds.
std::string Plot(const std::vector<PlotLine>& lines, double step, const Terminal& terminal);

/// What stands before line number `index` in a legend: its colour or its letter.
std::string PlotMark(size_t index, size_t lines, const Terminal& terminal);

}  // namespace tocsin::app
