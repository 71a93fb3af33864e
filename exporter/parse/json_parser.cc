#include "exporter/parse/json_parser.h"

#include "exporter/parse/json_reader.h"
#include "exporter/parse/values.h"

namespace tocsin::parse {

namespace {

/// Gathers the values of a line for the pattern.
struct JsonValues {
  std::vector<JsonPattern::Value>& values;
  void Member(std::string_view, std::string_view value, Targets targets, LineFault) {
    values.push_back({value, targets});
  }
};

}  // namespace

LineFault JsonParser::Parse(const lines::Line& line, LogRecord& record) {
  LineFault fault = LineFault::kNone;
  if (line.marks != nullptr ? pattern_.Read(line, record) : pattern_.Read(WithMarks(line.text), record)) {
    misses_ = 0;
  } else {
    fault = ReadInFull(line.text, record);
    if (!IsUsable(fault)) return fault;
  }
  const std::string_view status = record.Value(Field::kStatus);
  if (status.empty()) return LineFault::kNoStatus;
  return fault == LineFault::kNone && !ParseStatus(status) ? LineFault::kBadNumber : fault;
}

lines::Line JsonParser::WithMarks(std::string_view line) {
  if (!scanner_) scanner_ = std::make_unique_for_overwrite<lines::MarkScanner>();
  return scanner_->ScanLine(line);
}

LineFault JsonParser::ReadInFull(std::string_view line, LogRecord& record) {
  record.Clear();
  NoJsonWatch nobody;
  const LineFault fault = JsonReader(line, names_, record, scratch_, nobody).Read(layout_);
  if (fault == LineFault::kNone && ++misses_ >= kMissesToLearn) LearnFrom(line, record);
  return fault;
}

/// Reads the line once more: it takes that to know where each value stood.
void JsonParser::LearnFrom(std::string_view line, LogRecord& record) {
  misses_ = 0;
  values_.clear();
  JsonValues gather{values_};
  record.Clear();
  static_cast<void>(JsonReader(line, names_, record, scratch_, gather).Read(layout_));
  pattern_.Learn(line, values_);
}

}  // namespace tocsin::parse
