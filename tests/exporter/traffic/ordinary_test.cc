// Ordinary requests are counted without being decided anew: nothing may tell. A Traffic that is asked for its
// page after each request remembers none, so that it is the reference.
#include <array>
#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "exporter/traffic/traffic.h"
#include "tests/rounds.h"

namespace tocsin::traffic {
namespace {

using parse::Field;

class Dice {
 public:
  explicit Dice(uint32_t seed) : engine_(seed) {}
  bool OneIn(size_t n) { return engine_() % n == 0; }
  /// The first most of the time, any of them otherwise.
  template <size_t n>
  std::string_view Mostly(const std::array<std::string_view, n>& from) {
    return from[OneIn(12) ? engine_() % n : 0];
  }

 private:
  std::mt19937 engine_;
};

constexpr std::array<std::string_view, 5> kPools = {"blue", "green", "", "-", "other"};
constexpr std::array<std::string_view, 4> kReleases = {"blue-1", "blue-2", "", "-"};
constexpr std::array<std::string_view, 6> kAddresses = {
    "10.0.0.1:80", "10.0.0.2:80", "10.0.0.1:80, 10.0.0.2:80", "", "-", "10.0.0.3:80"};
constexpr std::array<std::string_view, 8> kUpstreamStatuses = {"200", "502", "502, 200", "499",
                                                               "404", "",    "-",        "2x0"};
constexpr std::array<std::string_view, 6> kStatuses = {"200", "502", "499", "404", "504", "x"};
constexpr std::array<std::string_view, 6> kTimes = {"0.023", "0.001, 0.002", "", "-", "12.5", "0.1 : 0.2"};
constexpr std::array<std::string_view, 5> kRequests = {"GET / HTTP/1.1", "POST /x HTTP/1.1",
                                                       "OPTIONS * HTTP/1.1", "BREW / HTTP/1.1", ""};

std::string Page(Traffic& traffic, Timestamp now) {
  std::string page;
  exposition::Writer writer(page, exposition::Format::kText);
  traffic.Write(writer, now);
  return page + std::to_string(traffic.budget().folded()) + " " + std::to_string(traffic.budget().used());
}

void Compare(uint32_t seed, uint64_t series_limit) {
  Options options;
  options.series_limit = series_limit;
  options.idle = Duration::zero();  // the reference would look for what is idle at other times
  Traffic traffic(options);
  Traffic reference(options);
  Dice dice(seed);
  Timestamp now = Timestamp::FromMillis(1'700'000'000'000);
  for (int i = 0; i < Rounds(3000); ++i) {
    parse::LogRecord record;
    record.Clear();
    if (!dice.OneIn(10)) {  // else it is of another log, which knows of no upstreams
      record.Set(Field::kPool, dice.Mostly(kPools));
      record.Set(Field::kRelease, dice.Mostly(kReleases));
      record.Set(Field::kUpstreamAddr, dice.Mostly(kAddresses));
      record.Set(Field::kUpstreamStatus, dice.Mostly(kUpstreamStatuses));
      record.Set(Field::kUpstreamResponseTime, dice.Mostly(kTimes));
    }
    record.Set(Field::kStatus, dice.Mostly(kStatuses));
    record.Set(Field::kRequestTime, dice.Mostly(kTimes));
    record.Set(Field::kRequest, dice.Mostly(kRequests));
    record.Set(Field::kBodyBytesSent, "5123");
    now = now + Duration{dice.OneIn(500) ? 50'000 : 3};
    ASSERT_EQ(traffic.Count(record, now), reference.Count(record, now));
    ASSERT_EQ(traffic.noted().pool, reference.noted().pool);
    ASSERT_EQ(traffic.noted().is_error, reference.noted().is_error);
    ASSERT_EQ(traffic.noted().was_retried, reference.noted().was_retried);
    ASSERT_EQ(traffic.noted().changed_pool, reference.noted().changed_pool);
    const std::string expected = Page(reference, now);
    if (!dice.OneIn(20)) continue;
    ASSERT_EQ(Page(traffic, now), expected) << "after request " << i;
  }
  EXPECT_EQ(Page(traffic, now), Page(reference, now));
}

TEST(OrdinaryRequests, CountAsIfEachWereTheFirst) {
  for (uint32_t seed = 1; seed <= 4; ++seed) Compare(seed, 10'000);
}

TEST(OrdinaryRequests, CountTheSameWhereSeriesAreShort) {
  for (const uint64_t limit : {40U, 60U, 80U, 120U}) Compare(9, limit);
}

}  // namespace
}  // namespace tocsin::traffic
