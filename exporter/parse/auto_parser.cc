#include "exporter/parse/auto_parser.h"

#include <utility>

namespace tocsin::parse {

AutoParser::AutoParser(std::vector<Candidate> candidates, Logger log)
    : candidates_(std::move(candidates)), met_(candidates_.size()), log_(std::move(log)) {}

LineFault AutoParser::Parse(const lines::Line& line, LogRecord& record) {
  if (chosen_ == kUndecided) return TryOthers(line, record, LineFault::kUnknownFormat);
  const LineFault fault = candidates_[chosen_].parser->Parse(line, record);
  if (IsUsable(fault) || line.text.empty()) return fault;
  return TryOthers(line, record, fault);
}

LineFault AutoParser::TryOthers(const lines::Line& line, LogRecord& record, LineFault fault) {
  for (size_t i = 0; i < candidates_.size(); ++i) {
    if (i == chosen_) continue;
    const LineFault other = candidates_[i].parser->Parse(line, record);
    if (IsUsable(other)) {
      Choose(i);
      return other;
    }
    // What is an empty line or a bad JSON object is so in whatever format.
    const bool is_plain =
        other == LineFault::kEmptyLine || (line.text[0] == '{' && other != LineFault::kMismatch);
    if (fault == LineFault::kUnknownFormat && is_plain) fault = other;
  }
  return fault;
}

void AutoParser::Choose(size_t index) {
  if (!met_[index])
    log_.Info(chosen_ == kUndecided ? "Log format recognised" : "Log format changed",
              {{"format", candidates_[index].name}});
  met_[index] = true;
  chosen_ = index;
}

}  // namespace tocsin::parse
