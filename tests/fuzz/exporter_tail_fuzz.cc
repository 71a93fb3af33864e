// Bytes in pieces of any size must give the lines that they give in one piece.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/tail/line_buffer.h"

namespace {

/// The marks of a line are what a look at each of its bytes finds.
std::string_view Checked(const tocsin::lines::Line& line) {
  if (line.marks == nullptr) return line.text;
  size_t mark = 0;
  for (const char& c : line.text) {
    if (c != '"' && c != '\\') continue;
    if (mark == line.mark_count || line.origin + line.marks[mark++] != &c) std::abort();
  }
  if (mark != line.mark_count || line.origin + line.marks[mark] != line.text.data() + line.text.size())
    std::abort();
  return line.text;
}

std::vector<std::string> Lines(std::string_view text, size_t piece) {
  tocsin::tail::LineBuffer buffer;
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto space = buffer.Space();
    const size_t size = std::min({piece, space.size(), text.size()});
    std::copy_n(text.data(), size, space.data());
    text.remove_prefix(size);
    buffer.Commit(size);
    for (auto batch = buffer.Next(); !batch.empty(); batch = buffer.Next()) {
      for (const tocsin::lines::Line& line : batch) lines.emplace_back(Checked(line));
    }
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
