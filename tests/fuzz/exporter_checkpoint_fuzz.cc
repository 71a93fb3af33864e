// Whatever lies in the state folder, reading it ends in a result; what it gives, written again, is the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exporter/checkpoint/codec.h"
#include "exporter/checkpoint/store.h"
#include "exporter/tail/position.h"
#include "exporter/traffic/traffic.h"

using tocsin::checkpoint::Reader;
using tocsin::checkpoint::Writer;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(tocsin::checkpoint::Unseal(bytes));
  const std::string sealed = tocsin::checkpoint::Seal(bytes);
  if (tocsin::checkpoint::Unseal(sealed).value_or("") != bytes) std::abort();

  Reader positions(bytes);
  if (const auto position = tocsin::tail::LogPosition::Restore(positions)) {
    Writer first;
    position->Save(first);
    Reader again(first.bytes());
    Writer second;
    tocsin::tail::LogPosition::Restore(again).value().Save(second);
    if (first.bytes() != second.bytes()) std::abort();
  }
  Reader counters(bytes);
  tocsin::traffic::Traffic traffic({});
  if (traffic.Restore(counters)) {
    Writer out;
    traffic.Save(out);
  }
  return 0;
}
