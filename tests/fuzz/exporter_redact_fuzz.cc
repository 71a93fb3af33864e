// Lines of any bytes: what is given out is no longer than the line and holds no "?" that is followed by
// anything but the end of its field.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/evidence/redact.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string line(reinterpret_cast<const char*>(data), size);
  const std::string_view view = line;
  const size_t half = size / 2;
  const std::vector<std::string_view> requests = {view.substr(half / 2, half)};
  const std::vector<std::string_view> secrets = {view.substr(half)};
  if (tocsin::evidence::LineWithoutQueryStrings(view, requests, secrets).size() > size) std::abort();
  const std::string redacted = tocsin::evidence::LineWithoutQueryStrings(view, {}, {});
  if (redacted.size() > size) std::abort();
  if (line.find('\\') == std::string::npos && redacted.find('?') != std::string::npos) std::abort();
  if (tocsin::evidence::WithoutQueryString(view).size() > size) std::abort();
  return 0;
}
