#include "exporter/tail/line_buffer.h"

#include <algorithm>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::tail {
namespace {

using testing::ElementsAre;

/// Feeds `text` in pieces of at most `piece` bytes and copies the lines that come out.
std::vector<std::string> Feed(LineBuffer& buffer, std::string_view text, size_t piece = 1 << 30) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::span<char> space = buffer.Space();
    const size_t size = std::min({piece, space.size(), text.size()});
    std::copy_n(text.data(), size, space.data());
    text.remove_prefix(size);
    buffer.Commit(size);
    for (auto lines = buffer.Next(); !lines.empty(); lines = buffer.Next()) {
      for (const lines::Line& line : lines) out.emplace_back(line.text);
    }
  }
  return out;
}

TEST(LineBuffer, GivesWholeLinesAndKeepsTheRest) {
  LineBuffer buffer;
  EXPECT_THAT(Feed(buffer, "one\n\ntwo\nthr"), ElementsAre("one", "", "two"));
  EXPECT_EQ(buffer.partial(), "thr");
  EXPECT_THAT(Feed(buffer, "ee\n"), ElementsAre("three"));
  EXPECT_EQ(buffer.partial_bytes(), 0U);
}

TEST(LineBuffer, KeepsNulBytes) {
  LineBuffer buffer;
  EXPECT_THAT(Feed(buffer, std::string_view("a\0b\n", 4)), ElementsAre(std::string("a\0b", 3)));
}

TEST(LineBuffer, GivesTheSameLinesHoweverTheBytesCome) {
  std::mt19937 random(7);
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < 400; ++i) {
    const std::string line(random() % (i % 50 == 0 ? 300'000 : 400), static_cast<char>('a' + i % 26));
    expected.push_back(line);
    text += line + "\n";
  }
  for (const size_t piece : {size_t{997}, size_t{65'536}, size_t{1} << 30}) {
    LineBuffer buffer;
    EXPECT_EQ(Feed(buffer, text, piece), expected) << piece;
    EXPECT_EQ(buffer.too_long_lines(), 0U);
  }
}

TEST(LineBuffer, TakesLinesOfOneMebibyteAndSkipsLongerOnes) {
  const std::string longest(LineBuffer::kMaxLineBytes, 'x');
  for (const size_t piece : {size_t{4096}, size_t{100'000}, size_t{1} << 30}) {
    LineBuffer buffer;
    EXPECT_THAT(Feed(buffer, "before\n" + longest + "\nafter\n", piece),
                ElementsAre("before", longest, "after"));
    EXPECT_EQ(buffer.too_long_lines(), 0U);
    EXPECT_THAT(Feed(buffer, longest + "y\nafter\n", piece), ElementsAre("after"));
    EXPECT_EQ(buffer.too_long_lines(), 1U);
    EXPECT_THAT(Feed(buffer, std::string(3 * longest.size(), 'x') + "\nafter\n", piece),
                ElementsAre("after"));
    EXPECT_EQ(buffer.too_long_lines(), 2U);
    EXPECT_EQ(buffer.partial_bytes(), 0U);
  }
}

TEST(LineBuffer, CountsWhatItSkipsOfAnUnendedLine) {
  LineBuffer buffer;
  EXPECT_THAT(Feed(buffer, std::string(3 * LineBuffer::kMaxLineBytes, 'x'), 100'000), ElementsAre());
  EXPECT_EQ(buffer.partial_bytes(), 3 * LineBuffer::kMaxLineBytes);
}

TEST(LineBuffer, DropsTheFragmentItBeginsWith) {
  LineBuffer buffer;
  buffer.SkipToNewline();
  EXPECT_THAT(Feed(buffer, "of a line\nwhole\n", 3), ElementsAre("whole"));
  EXPECT_EQ(buffer.too_long_lines(), 0U);
}

TEST(LineBuffer, ForgetsThePartialLineWhenCleared) {
  LineBuffer buffer;
  Feed(buffer, "half");
  buffer.Clear();
  EXPECT_THAT(Feed(buffer, "line\n"), ElementsAre("line"));
}

}  // namespace
}  // namespace tocsin::tail
