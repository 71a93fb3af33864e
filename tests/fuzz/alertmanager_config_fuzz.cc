// An alertmanager.yml from bytes.
#include <cstdint>
#include <string_view>

#include "alerting/config/alertmanager.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto environment = [](const std::string&) { return std::optional<std::string>("x"); };
  (void)tocsin::config::ParseAlertmanagerConfig(text, "f.yml", environment,
                                                tocsin::config::Unsupported::kWarn);
  return 0;
}
