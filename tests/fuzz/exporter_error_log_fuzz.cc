// Lines as an error log may hold them: every view lies inside the line, and what was counted survives a
// restart.
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

#include "exporter/errors/error_metrics.h"
#include "exporter/parse/error_log.h"

namespace {

bool LiesIn(std::string_view part, std::string_view whole) {
  constexpr std::less_equal<const char*> kNotAfter;
  return part.empty() || (kNotAfter(whole.data(), part.data()) &&
                          kNotAfter(part.data() + part.size(), whole.data() + whole.size()));
}

std::string PageOf(tocsin::errors::ErrorMetrics& metrics) {
  std::string page;
  tocsin::exposition::Writer writer(page, tocsin::exposition::Format::kText);
  metrics.Write(writer, tocsin::Timestamp::FromMillis(0));
  return page;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  constexpr tocsin::Duration kForEver{0};
  tocsin::traffic::SeriesBudget budget(50);
  tocsin::errors::ErrorMetrics metrics(budget, kForEver);
  while (!rest.empty()) {
    const std::string line(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto parsed = tocsin::parse::ParseErrorLine(line);
    if (!parsed) continue;
    for (const std::string_view part : {parsed->time, parsed->message, parsed->client, parsed->server,
                                        parsed->request, parsed->upstream, parsed->host}) {
      if (!LiesIn(part, line)) std::abort();
    }
    metrics.Count(*parsed, "pool", tocsin::Timestamp::FromMillis(0));
  }
  tocsin::checkpoint::Writer saved;
  metrics.Save(saved);
  tocsin::traffic::SeriesBudget second_budget(50);
  tocsin::errors::ErrorMetrics second(second_budget, kForEver);
  tocsin::checkpoint::Reader reader(saved.bytes());
  if (!second.Restore(reader)) std::abort();
  if (PageOf(second) != PageOf(metrics)) std::abort();
  return 0;
}
