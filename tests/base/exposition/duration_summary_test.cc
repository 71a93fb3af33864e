#include "base/exposition/duration_summary.h"

#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::exposition {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::array kQuantiles{0.01, 0.05, 0.5, 0.9, 0.99};

std::vector<double> Values(const DurationSummary& summary, nanoseconds now) {
  std::vector<double> values;
  for (const auto& [quantile, value] : summary.Read(kQuantiles, now).quantiles) values.push_back(value);
  return values;
}

TEST(DurationSummaryTest, AnEmptyOneHasNoQuantiles) {
  const SummaryReading reading = DurationSummary().Read(kQuantiles, minutes(3));
  EXPECT_EQ(reading.count, 0U);
  EXPECT_EQ(reading.sum, 0);
  ASSERT_EQ(reading.quantiles.size(), 5U);
  for (const auto& [quantile, value] : reading.quantiles) EXPECT_TRUE(std::isnan(value));
}

TEST(DurationSummaryTest, OneDurationIsEveryQuantileExactly) {
  DurationSummary summary;
  summary.Observe(nanoseconds(286'395), minutes(1));
  EXPECT_THAT(Values(summary, minutes(1)), ::testing::Each(0.000286395));
}

TEST(DurationSummaryTest, QuantilesAreThoseOfTheDurations) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 50; ++round) {
    std::lognormal_distribution<double> spread(round % 25, 2);
    DurationSummary summary;
    std::vector<nanoseconds> all;
    double sum = 0;
    for (int i = 0; i < 1 + round * 20; ++i) {
      all.emplace_back(std::min<int64_t>(static_cast<int64_t>(spread(random)), hours(4) / nanoseconds(1)));
      sum += static_cast<double>(all.back().count()) / 1e9;
      summary.Observe(all.back(), seconds(i % 400));
    }
    std::sort(all.begin(), all.end());
    const SummaryReading reading = summary.Read(kQuantiles, seconds(401));
    EXPECT_EQ(reading.count, all.size());
    EXPECT_NEAR(reading.sum, sum, sum * 1e-9);
    for (const auto& [quantile, value] : reading.quantiles) {
      const size_t rank = std::max<size_t>(1, static_cast<size_t>(std::ceil(quantile * double(all.size()))));
      const double expected = static_cast<double>(all[rank - 1].count()) / 1e9;
      EXPECT_NEAR(value, expected, expected * 0.016 + 1e-12) << "of " << all.size() << ", " << quantile;
    }
  }
}

TEST(DurationSummaryTest, WhatIsOlderThanTheWindowCountsOnlyInTheTotals) {
  DurationSummary summary;
  summary.Observe(seconds(8), seconds(1));
  summary.Observe(milliseconds(1), minutes(7));
  EXPECT_EQ(Values(summary, minutes(9)).back(), 8);
  EXPECT_EQ(Values(summary, minutes(10)).back(), 0.001);
  // A slice that is used again begins empty.
  summary.Observe(milliseconds(2), minutes(11));
  EXPECT_EQ(Values(summary, minutes(11)).back(), 0.002);
  EXPECT_EQ(Values(summary, minutes(17)).front(), 0.002);
  const SummaryReading reading = summary.Read(kQuantiles, hours(9));
  EXPECT_TRUE(std::isnan(reading.quantiles[0].second));
  EXPECT_EQ(reading.count, 3U);
  EXPECT_DOUBLE_EQ(reading.sum, 8.003);
}

TEST(DurationSummaryTest, ExtremesAreTaken) {
  DurationSummary summary;
  summary.Observe(nanoseconds(-5), minutes(1));
  summary.Observe(hours(1'000), minutes(1));
  const std::vector<double> values = Values(summary, minutes(1));
  EXPECT_EQ(values.front(), 0);
  EXPECT_GT(values.back(), 4 * 3600.0);
}

TEST(DurationSummaryTest, IsWrittenAsClientsDo) {
  DurationSummary summary;
  summary.Observe(microseconds(250), minutes(1));
  std::string text;
  Writer writer(text, Format::kText);
  writer.Family("d_seconds", "Durations.", Type::kSummary);
  WriteSummary(writer, RenderLabels({{"to", "a"}}), summary.Read(std::array{0.5, 0.99}, minutes(1)));
  WriteSummary(writer, "", summary.Read(std::array{0.5}, minutes(30)));
  EXPECT_EQ(text,
            "# HELP d_seconds Durations.\n"
            "# TYPE d_seconds summary\n"
            "d_seconds{to=\"a\",quantile=\"0.5\"} 0.00025\n"
            "d_seconds{to=\"a\",quantile=\"0.99\"} 0.00025\n"
            "d_seconds_sum{to=\"a\"} 0.00025\n"
            "d_seconds_count{to=\"a\"} 1\n"
            "d_seconds{quantile=\"0.5\"} NaN\n"
            "d_seconds_sum 0.00025\n"
            "d_seconds_count 1\n");
}

}  // namespace
}  // namespace tocsin::exposition
