// Upstream lists: taking one apart and joining it again must give the same text, but for a separator at its
// end.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exporter/parse/upstream_list.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tocsin::parse::UpstreamList;
  const std::string text(reinterpret_cast<const char*>(data), size);
  UpstreamList list(text);
  std::string joined;
  std::string_view element;
  UpstreamList::Joint joint{};
  while (list.Next(element, joint)) {
    if (joint == UpstreamList::Joint::kRetry) joined += ", ";
    if (joint == UpstreamList::Joint::kRedirect) joined += " : ";
    joined += element;
  }
  if (joined != text && joined + ", " != text && joined + " : " != text) std::abort();
  return 0;
}
