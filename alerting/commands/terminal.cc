#include "alerting/commands/terminal.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

namespace tocsin::app {
namespace {

std::string_view Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool SpeaksUtf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view locale = Environment(name);
    if (locale.empty()) continue;  // the first that is set counts
    return locale.find("UTF-8") != std::string_view::npos || locale.find("utf8") != std::string_view::npos;
  }
  return false;
}

int Columns() {
  constexpr int kNarrowest = 40;
  constexpr int kWidest = 240;
  constexpr int kUsual = 80;
  winsize size{};
  int columns = 0;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) columns = size.ws_col;
  if (columns == 0) columns = std::atoi(Environment("COLUMNS").data());
  return columns == 0 ? kUsual : std::clamp(columns, kNarrowest, kWidest);
}

}  // namespace

Terminal DetectTerminal() {
  Terminal terminal;
  terminal.columns = Columns();
  terminal.color =
      isatty(STDOUT_FILENO) == 1 && Environment("NO_COLOR").empty() && Environment("TERM") != "dumb";
  terminal.unicode = SpeaksUtf8();
  return terminal;
}

}  // namespace tocsin::app
