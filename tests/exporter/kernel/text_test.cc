#include "exporter/kernel/text.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/kernel/net_dev.h"

namespace tocsin::kernel {
namespace {

using testing::ElementsAre;

TEST(Text, IsLinesOfWords) {
  std::string_view text = "a 1\n\n\tb  2 \nlast";
  std::vector<std::string_view> words;
  std::string_view line;
  while (NextLine(text, line)) {
    for (auto word = NextWord(line); !word.empty(); word = NextWord(line)) words.push_back(word);
    words.emplace_back("|");
  }
  EXPECT_THAT(words, ElementsAre("a", "1", "|", "|", "b", "2", "|", "last", "|"));
}

TEST(Text, ReadsWholeNumbersOnly) {
  EXPECT_EQ(ToNumber("18446744073709551615"), 18446744073709551615U);
  for (const char* text : {"", "-1", "1x", "18446744073709551616", "max", " 1"})
    EXPECT_FALSE(ToNumber(text)) << text;
  EXPECT_EQ(OneNumber("42\n"), 42U);
  EXPECT_FALSE(OneNumber(""));
  EXPECT_FALSE(OneNumber("max\n"));
}

TEST(Text, UnescapesMountpoints) {
  EXPECT_EQ(UnescapeOctal(R"(/data\040base\134)"), "/data base\\");
  EXPECT_EQ(UnescapeOctal(R"(\04)"), R"(\04)");
  EXPECT_EQ(UnescapeOctal(R"(\089)"), R"(\089)");
}

TEST(Pressure, IsTheTotals) {
  const Pressure both = ParsePressure("some avg10=1.00 total=15\nfull avg10=0.00 total=7\n");
  EXPECT_EQ(both.some, 15U);
  EXPECT_EQ(both.full, 7U);
  const Pressure none = ParsePressure("some avg10=1.00\nother total=3\nfull total=x\n");
  EXPECT_FALSE(none.some);
  EXPECT_FALSE(none.full);
}

TEST(NetDev, IsOneDeviceALine) {
  std::vector<NetDevice> devices;
  ParseNetDev(
      "Inter-|   Receive  |  Transmit\n face |bytes |bytes\n"
      "  eth0:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
      "eth0:1: 21 2 3 4 5 6 7 8 29 10 11 12 13 14 15 16\n"
      "short: 1 2 3\n: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
      devices);
  ASSERT_EQ(devices.size(), 2U);
  EXPECT_EQ(devices[0].name, "eth0");
  EXPECT_EQ(devices[0][NetColumn::kReceiveBytes], 1U);
  EXPECT_EQ(devices[0][NetColumn::kTransmitCompressed], 16U);
  EXPECT_EQ(devices[1].name, "eth0:1");
  EXPECT_EQ(devices[1][NetColumn::kTransmitBytes], 29U);
}

}  // namespace
}  // namespace tocsin::kernel
