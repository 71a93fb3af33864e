#include "alerting/store/recent.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "alerting/model/sample.h"

namespace tocsin::store {
namespace {

using Samples = std::vector<std::pair<int64_t, double>>;

constexpr int64_t kFirstTime = 1'700'000'000'000;

Samples SamplesOf(const RecentSamples& recent) {
  std::vector<int64_t> times(recent.size());
  std::vector<double> values(recent.size());
  recent.Copy(0, recent.size(), times.data(), values.data());
  Samples samples;
  for (size_t i = 0; i < times.size(); ++i) samples.emplace_back(times[i], values[i]);
  return samples;
}

/// Bit by bit: stale markers and minus zero count.
void ExpectSame(const RecentSamples& recent, const Samples& expected) {
  const Samples got = SamplesOf(recent);
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].first, expected[i].first) << i;
    EXPECT_EQ(std::bit_cast<uint64_t>(got[i].second), std::bit_cast<uint64_t>(expected[i].second)) << i;
  }
}

TEST(RecentSamples, OfAnEvenlyScrapedCounterTakeFourBytesEach) {
  RecentSamples recent;
  Samples expected;
  for (int64_t i = 0; i < 24; ++i) {
    expected.emplace_back(kFirstTime + i * 5'000, 1e15 + static_cast<double>(i) * 1'000'000.0);
    recent.Append(expected.back().first, expected.back().second);
  }
  ExpectSame(recent, expected);
  EXPECT_EQ(recent.memory(), sizeof(int64_t) + 24 * sizeof(int32_t));
}

TEST(RecentSamples, KeepWhatDoesNotFitAndForgetThatItDidNot) {
  RecentSamples recent;
  Samples expected;
  auto append = [&](int64_t time, double value) {
    expected.emplace_back(time, value);
    recent.Append(time, value);
    ExpectSame(recent, expected);
  };
  for (int64_t i = 0; i < 6; ++i) append(kFirstTime + i * 5'000, static_cast<double>(i));
  append(kFirstTime + 29'999, model::StaleNan());
  append(kFirstTime + 35'000, -0.0);
  append(kFirstTime + 40'000, 1e300);
  for (int64_t i = 9; i < 18; ++i) append(kFirstTime + i * 5'000, 7e15 + static_cast<double>(i));
  const size_t plain = recent.memory();
  recent.DropOldest(9);
  expected.erase(expected.begin(), expected.begin() + 9);
  ExpectSame(recent, expected);
  EXPECT_LT(recent.memory(), plain / 2);
}

TEST(RecentSamples, ReachAsFarAsTheirOffsets) {
  RecentSamples recent;
  EXPECT_TRUE(recent.Reaches(-1));
  recent.Append(0, 1);
  EXPECT_TRUE(recent.Reaches(0xffffffff));
  EXPECT_FALSE(recent.Reaches(0x100000000));
  recent.Append(0xffffffff, 2);
  ExpectSame(recent, {{0, 1}, {0xffffffff, 2}});
}

TEST(RecentSamples, AreWhatWasAppendedWhateverThatWas) {
  std::mt19937_64 random(17);
  const std::vector<double> odd = {model::StaleNan(),
                                   std::numeric_limits<double>::quiet_NaN(),
                                   std::numeric_limits<double>::infinity(),
                                   -std::numeric_limits<double>::infinity(),
                                   -0.0,
                                   0.0,
                                   0.5,
                                   1e300,
                                   9007199254740992.0,
                                   -9007199254740992.0,
                                   2147483648.0,
                                   -2147483649.0};
  for (int round = 0; round < 300; ++round) {
    RecentSamples recent;
    Samples expected;
    int64_t time = kFirstTime;
    double value = static_cast<double>(random() % 1000);
    for (int i = 0; i < 100; ++i) {
      if (expected.size() == RecentSamples::kMost || (!expected.empty() && random() % 40 == 0)) {
        const size_t gone = random() % (expected.size() + 1);
        recent.DropOldest(gone);
        expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(gone));
        if (expected.size() == RecentSamples::kMost) continue;
      }
      time += random() % 10 == 0 ? 1 + static_cast<int64_t>(random() % 100'000) : 5'000;
      value += static_cast<double>(random() % 1'000);
      const double appended = random() % 20 == 0 ? odd[random() % odd.size()] : value;
      ASSERT_TRUE(recent.Reaches(time));
      recent.Append(time, appended);
      expected.emplace_back(time, appended);
      ExpectSame(recent, expected);
      ASSERT_FALSE(HasFailure());
    }
  }
}

}  // namespace
}  // namespace tocsin::store
