// What the terminal behind standard output can show.
#pragma once

namespace tocsin::app {

struct Terminal {
  int columns = 80;
  bool color = false;
  bool unicode = true;
};

/// Of standard output, by the system and the environment: COLUMNS where the system has no width, NO_COLOR
/// (https://no-color.org) and TERM=dumb for no colours, LC_ALL, LC_CTYPE and LANG for the character set. Not
/// a terminal: 80 columns, no colours.
Terminal DetectTerminal();

}  // namespace tocsin::app
