// Any datagram is a message or none, and its line lies within it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/syslog/address.h"
#include "exporter/syslog/message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = tocsin::syslog::LineOf(text);
  if (line && (line->data() < text.data() || line->data() + line->size() > text.data() + size)) std::abort();
  static_cast<void>(tocsin::syslog::ParseAddress(text));
  return 0;
}
