#include "exporter/parse/json_parser.h"

#include "exporter/parse/json_reader.h"
#include "exporter/parse/values.h"

namespace tocsin::parse {

LineFault JsonParser::Parse(std::string_view line, LogRecord& record) {
  record.Clear();
  NoJsonWatch nobody;
  const LineFault fault = JsonReader(line, names_, record, scratch_, nobody).Read(layout_);
  if (!IsUsable(fault)) return fault;
  const std::string_view status = record.Value(Field::kStatus);
  if (status.empty()) return LineFault::kNoStatus;
  return fault == LineFault::kNone && !ParseStatus(status) ? LineFault::kBadNumber : fault;
}

}  // namespace tocsin::parse
