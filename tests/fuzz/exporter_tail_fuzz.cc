// Bytes in pieces of any size must give the lines that they give in one piece.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/tail/line_buffer.h"

namespace {

std::vector<std::string> Lines(std::string_view text, size_t piece) {
  tocsin::tail::LineBuffer buffer;
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto space = buffer.Space();
    const size_t size = std::min({piece, space.size(), text.size()});
    std::copy_n(text.data(), size, space.data());
    text.remove_prefix(size);
    std::vector<std::string_view> batch;
    buffer.Commit(size, batch);
    lines.insert(lines.end(), batch.begin(), batch.end());
  }
  lines.emplace_back(buffer.partial());
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const size_t piece = size_t{data[0]} + 1;
  if (Lines(text, piece) != Lines(text, text.size() + 1)) std::abort();
  return 0;
}
