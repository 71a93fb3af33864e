// Matchers from bytes: what either grammar accepts prints as something that reads back the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "alerting/model/matcher_syntax.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (auto* parse : {tocsin::model::ParseMatchers, tocsin::model::ParseMatchersUtf8}) {
    auto matchers = parse(text);
    if (!matchers) continue;
    std::string printed;
    for (const auto& matcher : *matchers) printed += (printed.empty() ? "" : ",") + matcher.ToString();
    auto again = tocsin::model::ParseMatchersUtf8(printed);
    if (!again || *again != *matchers) std::abort();
  }
  return 0;
}
