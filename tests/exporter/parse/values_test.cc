#include "exporter/parse/values.h"

#include <gtest/gtest.h>

namespace tocsin::parse {
namespace {

TEST(ParseStatus, TakesThreeDigits) {
  EXPECT_EQ(ParseStatus("200"), 200);
  EXPECT_EQ(ParseStatus("000"), 0);
  for (const char* bad : {"", "-", "20", "2000", "2x0", "-20"})
    EXPECT_EQ(ParseStatus(bad), std::nullopt) << bad;
}

TEST(ParseMicros, IsExact) {
  EXPECT_EQ(ParseMicros("0.000"), 0);
  EXPECT_EQ(ParseMicros("0.023"), 23'000);
  EXPECT_EQ(ParseMicros("12"), 12'000'000);
  EXPECT_EQ(ParseMicros("12.5"), 12'500'000);
  EXPECT_EQ(ParseMicros("1.1234567"), 1'123'456);
  EXPECT_EQ(ParseMicros("1761858000.123"), 1'761'858'000'123'000);
}

TEST(ParseMicros, RefusesAllElse) {
  for (const char* bad : {"", "-", "-1", "1,5", "0.001, 0.002", "1e3", ".5", "9999999999999", "0x1"}) {
    EXPECT_EQ(ParseMicros(bad), std::nullopt) << bad;
  }
}

TEST(ParseCount, IsTheNumberOfAnyLength) {
  std::string text;
  uint64_t count = 0;
  for (const char digit : std::string("1234567890987654321")) {
    text += digit;
    count = count * 10 + static_cast<uint64_t>(digit - '0');
    EXPECT_EQ(ParseCount(text), count) << text;
    for (size_t i = 0; i < text.size(); ++i) {
      for (const char bad : {'/', ':', ' ', '-', '\0', '\x80', '\xff', 'p'}) {
        std::string broken = text;
        broken[i] = bad;
        EXPECT_EQ(ParseCount(broken), std::nullopt) << broken;
      }
    }
  }
}

TEST(ParseMicros, RefusesWhatIsNearlyMilliseconds) {
  for (size_t i = 0; i < 5; ++i) {
    for (const char bad : {'/', ':', ' ', '-', '\0', '\x80', '\xff', 'p'}) {
      std::string broken = "1.234";
      broken[i] = bad;
      EXPECT_EQ(ParseMicros(broken), std::nullopt) << broken;
    }
  }
}

TEST(ParseCount, TakesWholeNumbers) {
  EXPECT_EQ(ParseCount("18446744073709551615"), 18446744073709551615U);
  for (const char* bad : {"", "-", "-1", "1.5", "18446744073709551616", "7 "}) {
    EXPECT_EQ(ParseCount(bad), std::nullopt) << bad;
  }
}

TEST(ParseLogTime, ReadsEachOfNginxForms) {
  const auto expected = Timestamp::FromMillis(1'761'858'000'000);  // 2025-10-30T21:00:00Z
  EXPECT_EQ(ParseLogTime("2025-10-30T21:00:00+00:00"), expected);
  EXPECT_EQ(ParseLogTime("2025-10-30T23:00:00+02:00"), expected);
  EXPECT_EQ(ParseLogTime("2025-10-30T21:00:00Z"), expected);
  EXPECT_EQ(ParseLogTime("30/Oct/2025:16:30:00 -0430"), expected);
  EXPECT_EQ(ParseLogTime("1761858000.000"), expected);
  EXPECT_EQ(ParseLogTime("1761858000"), expected);
  EXPECT_EQ(ParseLogTime("2025-10-30T21:00:00.25Z"), expected + Duration{250});
  EXPECT_EQ(ParseLogTime("1761858000.250"), expected + Duration{250});
}

TEST(ParseLogTime, RefusesWhatIsNoTime) {
  for (const char* bad :
       {"", "-", "yesterday", "2025-13-30T21:00:00+00:00", "2025-02-30T21:00:00Z", "2025-10-30T21:00:00",
        "30/Okt/2025:21:00:00 +0000", "2025-10-30T2x:00:00Z", "30/Oct/2025:21:00:00"}) {
    EXPECT_EQ(ParseLogTime(bad), std::nullopt) << bad;
  }
}

TEST(LogTimeReader, ReadsEachTimeAsIfItWereTheFirst) {
  LogTimeReader reader;
  for (const char* text :
       {"2025-10-30T21:00:00+00:00", "2025-10-30T21:00:59+00:00", "2025-10-30T21:00:07+01:00",
        "2025-10-30T21:01:07+01:00", "2025-10-30T21:01:x7+01:00", "30/Oct/2025:21:00:00 +0000",
        "30/Oct/2025:21:00:30 +0000", "30/Oct/2025:21:00:31 -0430", "30/Okt/2025:21:00:31 -0430",
        "2025-10-30T21:00:00.1234Z", "2025-10-30T21:00:01.1234Z", "2025-10-30T21:00:01.12345Z",
        "2025-10-30T21:00:02.12345Z", "1761858000.250", "1761858001.250", "", "-"}) {
    const Timestamp otherwise = Timestamp::FromMillis(-1);
    EXPECT_EQ(reader.Read(text, otherwise), ParseLogTime(text).value_or(otherwise)) << text;
  }
}

TEST(LogTimeReader, SeesEachByteThatIsAnother) {
  const Timestamp otherwise = Timestamp::FromMillis(-1);
  for (const std::string text : {"2025-10-30T21:00:07+01:00", "30/Oct/2025:21:00:30 +0000"}) {
    for (size_t i = 0; i < text.size(); ++i) {
      for (const char c : {'0', '1', '5', ':', '-', 'x'}) {
        LogTimeReader reader;
        reader.Read(text, otherwise);
        std::string other = text;
        other[i] = c;
        ASSERT_EQ(reader.Read(other, otherwise), ParseLogTime(other).value_or(otherwise)) << other;
      }
    }
  }
}

TEST(ReadMicros, ReadsTheUsualShapeAsAnyOther) {
  for (const std::string text : {"0.000", "1.234", "9.999"}) {
    for (size_t i = 0; i < text.size(); ++i) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string other = text;
        other[i] = static_cast<char>(byte);
        ASSERT_EQ(ReadMicros(other), ReadAnyMicros(other)) << text << " " << i << " " << byte;
      }
    }
  }
}

TEST(MethodOfRequest, IsItsFirstWord) {
  EXPECT_EQ(MethodOfRequest("GET / HTTP/1.1"), "GET");
  EXPECT_EQ(MethodOfRequest("\x16\x03"), "\x16\x03");
  EXPECT_EQ(MethodOfRequest(""), "");
}

}  // namespace
}  // namespace tocsin::parse
