// A log_format compiled for matching lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/lines/line.h"
#include "exporter/parse/log_format.h"
#include "exporter/parse/scan.h"

namespace tocsin::parse {

/// What a variable's value looks like, and so where it can end.
enum class Shape : uint8_t {
  kText,       ///< anything
  kList,       ///< of an $upstream_* variable: elements joined by ", " and " : "
  kNumber,     ///< digits and points, or "-", or nothing
  kTimeLocal,  ///< 30/Oct/2025:21:00:00 +0000
  kTimeIso,    ///< 2025-10-30T21:00:00+00:00
};

/// By the variable's name in nginx's documentation; kText for those that are not there.
Shape ShapeOf(std::string_view variable);
/// "a number", "a list of upstreams' values" …
std::string_view ShapeName(Shape shape);

/// How far a line that does not match went: in the attempt that went farthest, the piece that did not fit and
/// the place in the line where it should have.
struct MatchFailure {
  size_t piece = 0;   ///< an index into LogFormat::pieces; their number when the line goes on after the last
  size_t column = 0;  ///< from 0
};

/// A line matches when the pieces stand in it one after the other, from its beginning to its end.
///
/// A value that a '"' follows ends at the first '"' that is not escaped (with escape=none, where nginx writes
/// quotes as they are, that is no use and the next rules apply). Numbers and times take what has their shape.
/// Any other value is the shortest one after which the pieces up to the next such value match; a list can't
/// end within one of its separators. Immutable, so it can be shared.
class FormatMatcher {
 public:
  explicit FormatMatcher(const LogFormat& format);

  /// The names of the variables in their order; a name can be there twice.
  const std::vector<std::string>& variables() const { return variables_; }

  /// Puts the variables' values, escapes and all, into `values`, which has room for each of variables().
  /// False when the line does not match: then `values` is void and `failure` tells how far it went. Takes
  /// time linear in the line's length.
  bool Match(const lines::Line& line, std::span<std::string_view> values, MatchFailure& failure) const;

 private:
  enum class Scan : uint8_t { kQuoted, kText, kList, kNumber, kTimeLocal, kTimeIso };
  struct Step {
    Scan scan;
    size_t piece;      ///< of the variable
    std::string tail;  ///< the literal behind it
    Token<16> token;   ///< the same if it is that short
    bool has_tail() const { return !tail.empty(); }
  };
  class Run;

  static Scan ScanFor(const LogFormat& format, size_t piece);
  static bool Begins(const Step& step, const char* at, const char* end);

  std::string prefix_;
  std::vector<Step> steps_;
  std::vector<std::string> variables_;
  size_t pieces_;
};

}  // namespace tocsin::parse
