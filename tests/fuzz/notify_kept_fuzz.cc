// What is read back from the state database: rows of whatever bytes, and what is read once is written the
// same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "alerting/notify/kept/codec.h"
#include "alerting/notify/silence/silence.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tocsin::notify;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto entry = DecodeLogEntry(bytes)) {
    if (DecodeLogEntry(EncodeLogEntry(*entry)) != *entry) std::abort();
  }
  if (auto labels = DecodeLabels(bytes)) {
    if (DecodeLabels(EncodeLabels(*labels)) != *labels) std::abort();
  }
  if (auto silence = DecodeSilence(bytes)) {
    if (!DecodeSilence(EncodeSilence(*silence)).has_value()) std::abort();
  }
  return 0;
}
