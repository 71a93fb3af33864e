// Any body, in both formats (the first byte says which): the same entries whatever the parser's caller
// guesses, and into whatever pieces (the second byte says how) the body is cut.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

#include "tests/alerting/collect/exposition/read_all.h"

namespace {

using tocsin::collect::BodyFormat;
using tocsin::collect::ReadPieces;
using tocsin::collect::ReadWhole;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);
  const BodyFormat format = data[0] % 2 == 0 ? BodyFormat::kText : BodyFormat::kOpenMetrics;
  const std::string expected = ReadWhole(body, format, false);
  if (ReadWhole(body, format, true) != expected) std::abort();
  std::minstd_rand random(data[1]);
  const auto length = [&] { return random() % 64; };
  if (ReadPieces(body, format, data[1] % 2 == 0, length) != expected) std::abort();
  return 0;
}
