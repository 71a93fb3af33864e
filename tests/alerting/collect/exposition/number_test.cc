#include "alerting/collect/exposition/number.h"

#include <bit>
#include <cmath>

#include <gtest/gtest.h>

#include "alerting/model/sample.h"

namespace tocsin::collect {
namespace {

TEST(ParseSampleValue, ReadsWhatGoReads) {
  const std::pair<const char*, double> cases[] = {
      {"0", 0},
      {"1", 1},
      {"-1.5", -1.5},
      {"+2", 2},
      {".5", 0.5},
      {"5.", 5},
      {"1e3", 1000},
      {"1E-3", 0.001},
      {"-0", -0.0},
      {"1e-400", 0},
      {"123456789", 123456789},
  };
  for (const auto& [text, value] : cases) {
    ASSERT_TRUE(ParseSampleValue(text).has_value()) << text;
    EXPECT_EQ(std::bit_cast<uint64_t>(*ParseSampleValue(text)), std::bit_cast<uint64_t>(value)) << text;
  }
}

TEST(ParseSampleValue, KnowsInfinityAndNanInAnyCase) {
  for (const char* text : {"Inf", "+Inf", "+inf", "INFINITY", "infinity"}) {
    EXPECT_EQ(ParseSampleValue(text), HUGE_VAL) << text;
  }
  EXPECT_EQ(ParseSampleValue("-Inf"), -HUGE_VAL);
  for (const char* text : {"NaN", "nan", "NAN"}) {
    EXPECT_EQ(std::bit_cast<uint64_t>(*ParseSampleValue(text)), model::kNormalNanBits) << text;
  }
}

TEST(ParseSampleValue, RefusesTheRest) {
  for (const char* text : {"", "-", "+", ".", "x", "1x", "0x10", "1_000", "1e", "1e400", "-1e400", "+-1",
                           "--1", "nan(1)", "-nan", "infin", "1 ", "1\r"}) {
    EXPECT_EQ(ParseSampleValue(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace tocsin::collect
