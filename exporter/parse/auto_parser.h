// --nginx.log-format=auto: lines of any format that we know.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "exporter/parse/line_parser.h"

namespace tocsin::parse {

/// The first line that one of the formats reads decides, and is counted like all after it: no line waits for
/// a decision. A line that the chosen format can't read is tried with the others, so a log whose format
/// changes (nginx was reloaded) is read on without a loss. Each format is logged when it is met first.
class AutoParser final : public LineParser {
 public:
  struct Candidate {
    std::string name;
    std::unique_ptr<LineParser> parser;
  };

  /// `candidates` in the order of preference, should a line fit two; not empty.
  AutoParser(std::vector<Candidate> candidates, Logger log);

  LineFault Parse(const lines::Line& line, LogRecord& record) override;

 private:
  static constexpr size_t kUndecided = static_cast<size_t>(-1);

  LineFault TryOthers(const lines::Line& line, LogRecord& record, LineFault fault);
  void Choose(size_t index);

  std::vector<Candidate> candidates_;
  std::vector<bool> met_;
  size_t chosen_ = kUndecided;
  Logger log_;
};

}  // namespace tocsin::parse
