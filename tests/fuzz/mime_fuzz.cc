// Mail from bytes: no text makes a second header, a long line or a boundary.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "alerting/notify/receivers/mime.h"

namespace {

void CheckLines(const std::string& text, size_t longest, bool folded) {
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find("\r\n", at);
    if (end == std::string::npos) std::abort();
    std::string line = text.substr(at, end - at);
    if (line.size() > longest || line.find_first_of("\r\n") != std::string::npos) std::abort();
    if (line.find("--=_") == 0) std::abort();
    if (folded && at > 0 && line[0] != ' ') std::abort();
    at = end + 2;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckLines(tocsin::notify::WriteHeader("Subject", text), 100, true);
  CheckLines(tocsin::notify::QuotedPrintable(text), 76, false);
  if (auto addresses = tocsin::notify::ParseAddresses(text)) {
    std::string written = tocsin::notify::WriteAddresses(*addresses);
    if (written.find_first_of("\r\n") != std::string::npos) std::abort();
    auto again = tocsin::notify::ParseAddresses(written);
    if (!again || again->size() != addresses->size()) std::abort();
  }
  return 0;
}
