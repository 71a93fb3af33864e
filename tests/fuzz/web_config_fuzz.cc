// What users write into a web configuration, and what strangers send as their credentials.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/http/compression.h"
#include "base/web_config/config.h"
#include "base/web_config/sign_in.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tocsin;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = web_config::ParseConfig(text, "/etc/web.yml");
  if (config) {
    for (const auto& [name, value] : config->headers) {
      if (value.find_first_of("\r\n") != std::string::npos) std::abort();
    }
    if (config->rate_limit.interval.count() < 0) std::abort();
  }
  if (const auto duration = web_config::ParseGoDuration(text); duration && duration->count() < 0)
    std::abort();
  (void)web_config::ParseBasic(text);
  (void)web_config::ParseBasic("Basic " + std::string(text));
  (void)http::AcceptsGzip(text);
  return 0;
}
