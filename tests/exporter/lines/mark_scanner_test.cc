#include "exporter/lines/mark_scanner.h"

#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tocsin::lines {
namespace {

std::vector<size_t> Plainly(std::string_view text, std::string_view wanted) {
  std::vector<size_t> positions;
  for (size_t i = 0; i < text.size(); ++i) {
    if (wanted.find(text[i]) != std::string_view::npos) positions.push_back(i);
  }
  return positions;
}

/// What each kernel that this processor can run finds, held against looking at one byte after the other.
void CheckAll(std::string_view text) {
  const std::vector<char> exact(text.begin(), text.end());  // so that a byte beyond would be seen
  std::vector<uint16_t> marks(MarkScanner::kRoom);
  std::vector<uint16_t> newlines(MarkScanner::kRoom);
  for (const MarkScanner::NamedKernel& named : MarkScanner::Kernels()) {
    if (named.kernel == nullptr) continue;
    const auto found = named.kernel(exact.data(), exact.size(), marks.data(), newlines.data());
    const auto first = [](const std::vector<uint16_t>& all, size_t count) {
      return std::vector<size_t>(all.begin(), all.begin() + static_cast<ptrdiff_t>(count));
    };
    ASSERT_EQ(first(marks, found.marks), Plainly(text, "\"\\\n")) << named.name << " " << text.size();
    ASSERT_EQ(first(newlines, found.newlines), Plainly(text, "\n")) << named.name << " " << text.size();
  }
}

TEST(MarkScanner, EachKernelFindsEachMark) {
  std::mt19937 dice(7);
  for (size_t size = 0; size < 400; ++size) {
    for (const size_t each : {size_t{1}, size_t{3}, size_t{12}, size_t{200}}) {
      std::string text(size, 'x');
      for (char& c : text) {
        if (dice() % each == 0) c = "\"\\\n"[dice() % 3];
      }
      CheckAll(text);
    }
  }
}

TEST(MarkScanner, TakesNeighbouringBytesForWhatTheyAre) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  CheckAll(all);
}

TEST(MarkScanner, LooksThroughAsMuchAsItMay) {
  for (const char c : {'x', '"', '\\', '\n'}) CheckAll(std::string(MarkScanner::kMaxBytes, c));
}

TEST(MarkScanner, KnowsTheLastTextOnly) {
  const auto scanner = std::make_unique<MarkScanner>();
  scanner->Scan("a\"b\n\"");
  EXPECT_EQ(std::vector<uint16_t>(scanner->marks().begin(), scanner->marks().end()),
            (std::vector<uint16_t>{1, 3, 4}));
  EXPECT_EQ(std::vector<uint16_t>(scanner->newlines().begin(), scanner->newlines().end()),
            std::vector<uint16_t>{3});
  scanner->Scan("");
  EXPECT_TRUE(scanner->marks().empty());
  EXPECT_TRUE(scanner->newlines().empty());
}

}  // namespace
}  // namespace tocsin::lines
