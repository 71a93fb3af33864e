// Lines as a log may hold them, through the parser and into the metrics. What a line means must not depend on
// the lines before it, and no text of a record may lie outside the line or the parser's own bytes.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exporter/parse/json_parser.h"
#include "exporter/traffic/traffic.h"

namespace {

using tocsin::parse::Field;
using tocsin::parse::JsonParser;
using tocsin::parse::LogRecord;

bool SameTexts(const LogRecord& a, const LogRecord& b) {
  for (size_t i = 0; i < tocsin::parse::kFieldCount; ++i) {
    if (a.Text(static_cast<Field>(i)) != b.Text(static_cast<Field>(i))) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  JsonParser taught;
  tocsin::traffic::Options options;
  options.series_limit = 100;
  tocsin::traffic::Traffic traffic(options);
  while (!rest.empty()) {
    const std::string line(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    LogRecord record;
    const auto fault = taught.Parse(line, record);
    JsonParser fresh;
    LogRecord same;
    if (fresh.Parse(line, same) != fault) std::abort();
    if (!IsUsable(fault)) continue;
    if (!SameTexts(record, same)) std::abort();
    static_cast<void>(traffic.Count(record, tocsin::Timestamp::FromMillis(0)));
  }
  std::string page;
  tocsin::exposition::Writer writer(page, tocsin::exposition::Format::kOpenMetrics);
  traffic.Write(writer, tocsin::Timestamp::FromMillis(0));
  return 0;
}
