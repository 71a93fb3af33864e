#include "exporter/parse/format_parser.h"

#include <algorithm>

#include "exporter/parse/values.h"

namespace tocsin::parse {

namespace {

bool HasBackslash(const lines::Line& line) {
  if (line.marks == nullptr) {
    const char* const end = line.text.data() + line.text.size();
    return FindByte(line.text.data(), line.text.data(), end, '\\') != end;
  }
  return std::any_of(line.marks, line.marks + line.mark_count,
                     [&](uint16_t mark) { return line.origin[mark] == '\\'; });
}

}  // namespace

FormatParser::FormatParser(const LogFormat& format, const NameMap& names)
    : matcher_(format), has_escapes_(format.escape != Escape::kNone) {
  const std::vector<std::string>& variables = matcher_.variables();
  for (size_t i = 0; i < variables.size(); ++i) {
    const Targets targets = names.Find(variables[i]);
    if (!targets.empty()) wanted_.push_back({i, targets});
  }
  has_status_ = std::ranges::any_of(wanted_, [](const Wanted& wanted) {
    return wanted.targets.field == static_cast<uint8_t>(Field::kStatus);
  });
  values_.resize(variables.size());
}

LineFault FormatParser::Parse(const lines::Line& line, LogRecord& record) {
  record.Clear();
  if (line.text.empty()) return LineFault::kEmptyLine;
  MatchFailure failure;
  if (!matcher_.Match(line, values_, failure))
    return failure.column == line.text.size() ? LineFault::kTruncated : LineFault::kMismatch;
  scratch_.clear();
  LineFault fault = LineFault::kNone;
  if (has_escapes_ && HasBackslash(line)) {
    for (const Wanted& wanted : wanted_)
      record.Take(wanted.targets, Plain(values_[wanted.variable], line.text.size(), fault));
  } else {
    for (const Wanted& wanted : wanted_) record.Take(wanted.targets, values_[wanted.variable]);
  }
  if (!has_status_) return fault;
  const std::string_view status = record.Value(Field::kStatus);
  if (status.empty()) return LineFault::kNoStatus;
  return fault == LineFault::kNone && !ParseStatus(status) ? LineFault::kBadNumber : fault;
}

std::string_view FormatParser::Plain(std::string_view text, size_t line_bytes, LineFault& fault) {
  const char* const end = text.data() + text.size();
  const char* at = FindByte(text.data(), text.data(), end, '\\');
  if (at == end) return text;
  // Undoing escapes only ever shortens, so the views into the scratch stay valid: all of a line fit.
  scratch_.reserve(line_bytes);
  const size_t from = scratch_.size();
  for (const char* start = text.data(); true; at = FindByte(text.data(), at, end, '\\')) {
    scratch_.append(start, at);
    if (at == end) break;
    const size_t used = Unescape({at, static_cast<size_t>(end - at)}, scratch_);
    if (used == 0) {
      fault = LineFault::kBadEscape;
      scratch_ += *at;
    }
    at += std::max<size_t>(used, 1);
    start = at;
  }
  return std::string_view(scratch_).substr(from);
}

}  // namespace tocsin::parse
