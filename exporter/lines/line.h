// One line of a log, as it is handed from who reads it to who makes sense of it.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tocsin::lines {

/// A line without its newline, and what was seen in it while its end was looked for: a view, valid as long as
/// what it was made from.
struct Line {
  Line() = default;
  /// One in which nobody has looked for marks.
  template <std::convertible_to<std::string_view> Text>
  Line(const Text& line) : text(line) {}  // NOLINT(google-explicit-constructor): any text is a line

  std::string_view text;
  /// Where its '"' and '\\' stand, ascending, counted from `origin`, and behind them where it ends; null when
  /// nobody has looked.
  const uint16_t* marks = nullptr;
  size_t mark_count = 0;
  const char* origin = nullptr;
};

}  // namespace tocsin::lines
