// Any bytes as the kept state of an alert: refused, or read; and what is read once is written the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "alerting/rules/kept/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tocsin::rules;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto alert = DecodeAlert(bytes);
  if (!alert) return 0;
  const std::string written = EncodeAlert(*alert);
  const auto again = DecodeAlert(written);
  if (!again || EncodeAlert(*again) != written) std::abort();
  return 0;
}
