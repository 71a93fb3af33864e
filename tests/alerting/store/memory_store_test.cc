#include "alerting/store/memory_store.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>

namespace tocsin::store {
namespace {

using model::Labels;
using model::Matcher;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const Labels kUp{{"__name__", "up"}, {"job", "a"}};

Timestamp At(int64_t millis) { return Timestamp::FromMillis(millis); }
model::TimeRange Between(int64_t start, int64_t end) { return {At(start), At(end)}; }

Status Put(MemoryStore& store, const Labels& labels, int64_t millis, double value) {
  auto appender = store.MakeAppender();
  auto ref = appender->Append(0, labels, At(millis), value);
  if (!ref) return Fail(ref.error());
  return appender->Commit();
}

std::vector<model::Series> Up(const MemoryStore& store, int64_t start, int64_t end) {
  return *store.Select({Matcher::Equal("__name__", "up")}, Between(start, end), {});
}

TEST(MemoryStore, ReturnsTheSamplesOfAClosedRange) {
  MemoryStore store;
  for (int64_t t = 1; t <= 100; ++t) ASSERT_TRUE(Put(store, kUp, t, static_cast<double>(t)));
  auto found = Up(store, 10, 12);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].labels, kUp);
  EXPECT_THAT(found[0].timestamps, ElementsAre(10, 11, 12));
  EXPECT_THAT(found[0].values, ElementsAre(10, 11, 12));
  EXPECT_THAT(Up(store, 101, 200), IsEmpty());
}

TEST(MemoryStore, JoinsChunksInOrder) {
  MemoryStore store;
  for (int64_t t = 1; t <= 5000; ++t) ASSERT_TRUE(Put(store, kUp, t, static_cast<double>(-t)));
  auto found = Up(store, 3, 4990);
  ASSERT_THAT(found, SizeIs(1));
  ASSERT_THAT(found[0].timestamps, SizeIs(4988));
  for (size_t i = 0; i < found[0].timestamps.size(); ++i) {
    ASSERT_EQ(found[0].timestamps[i], static_cast<int64_t>(i) + 3);
    ASSERT_EQ(found[0].values[i], static_cast<double>(-found[0].timestamps[i]));
  }
}

TEST(MemoryStore, SortsSeriesByLabels) {
  MemoryStore store;
  for (const char* job : {"c", "a", "b"}) ASSERT_TRUE(Put(store, {{"__name__", "up"}, {"job", job}}, 1, 1));
  std::vector<std::string> jobs;
  for (const auto& series : Up(store, 0, 10)) jobs.emplace_back(series.labels.Get("job"));
  EXPECT_THAT(jobs, ElementsAre("a", "b", "c"));
}

TEST(MemoryStore, RefusesOlderAndConflictingSamples) {
  MemoryStore store;
  ASSERT_TRUE(Put(store, kUp, 1000, 1));
  EXPECT_TRUE(Put(store, kUp, 1000, 1));
  EXPECT_EQ(Put(store, kUp, 999, 1).error().message(), "out of order sample");
  EXPECT_EQ(Put(store, kUp, 1000, 2).error().message(), "duplicate sample for timestamp");
  EXPECT_THAT(Up(store, 0, 2000)[0].values, ElementsAre(1));
  EXPECT_EQ(store.stats().samples_appended, 1u);
  EXPECT_EQ(store.stats().out_of_order, 1u);
  EXPECT_EQ(store.stats().duplicates, 1u);
}

TEST(MemoryStore, DropsWhatTheBatchItselfOvertook) {
  MemoryStore store;
  auto appender = store.MakeAppender();
  ASSERT_TRUE(appender->Append(0, kUp, At(20), 1.0));
  ASSERT_TRUE(appender->Append(0, kUp, At(10), 2.0));
  ASSERT_TRUE(appender->Commit());
  EXPECT_THAT(Up(store, 0, 100)[0].timestamps, ElementsAre(20));
  EXPECT_EQ(store.stats().out_of_order, 1u);
}

TEST(MemoryStore, ShowsNothingBeforeCommitAndNothingAfterRollback) {
  MemoryStore store;
  auto appender = store.MakeAppender();
  ASSERT_TRUE(appender->Append(0, kUp, At(1), 1.0));
  EXPECT_THAT(Up(store, 0, 10), IsEmpty());
  appender->Rollback();
  ASSERT_TRUE(appender->Commit());
  EXPECT_THAT(Up(store, 0, 10), IsEmpty());
}

TEST(MemoryStore, KeepsAResultAsItWasWhileAppendingAndTruncatingGoOn) {
  MemoryStore store({.retention = Duration(10)});
  ASSERT_TRUE(Put(store, kUp, 1, 1));
  auto found = Up(store, 0, 10000);
  for (int64_t t = 2; t < 500; ++t) ASSERT_TRUE(Put(store, kUp, t, 2));
  store.Truncate(At(100000));
  EXPECT_THAT(found[0].timestamps, ElementsAre(1));
  EXPECT_THAT(found[0].values, ElementsAre(1));
}

TEST(MemoryStore, DropsOldChunksAndDeadSeries) {
  MemoryStore store({.retention = Duration(1000)});
  Labels live{{"__name__", "up"}, {"job", "live"}};
  ASSERT_TRUE(Put(store, kUp, 1, 1));
  for (int64_t t = 1; t <= 5000; ++t) ASSERT_TRUE(Put(store, live, t, 1));
  store.Truncate(At(5000));
  auto found = Up(store, 0, 10000);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].labels, live);
  EXPECT_LE(found[0].timestamps.front(), 4000);  // nothing within the retention went
  EXPECT_GT(found[0].timestamps.front(), 1);
  EXPECT_EQ(store.stats().series, 1u);
  EXPECT_EQ(store.stats().series_removed, 1u);
}

TEST(MemoryStore, ARefOfADroppedSeriesMakesItAnewAndNeverHitsAnother) {
  MemoryStore store({.retention = Duration(10)});
  auto appender = store.MakeAppender();
  auto old_ref = appender->Append(0, kUp, At(1), 1.0);
  ASSERT_TRUE(appender->Commit());
  store.Truncate(At(1000));
  Labels other{{"__name__", "other"}};
  ASSERT_TRUE(Put(store, other, 1000, 5));
  auto new_ref = appender->Append(*old_ref, kUp, At(1001), 2.0);
  ASSERT_TRUE(new_ref);
  EXPECT_NE(*new_ref, *old_ref);
  ASSERT_TRUE(appender->Commit());
  EXPECT_THAT(Up(store, 0, 2000)[0].values, ElementsAre(2));
}

TEST(MemoryStore, RefusesSeriesBeyondTheLimit) {
  MemoryStore store({.max_series = 1});
  ASSERT_TRUE(Put(store, kUp, 1, 1));
  Status refused = Put(store, {{"__name__", "up"}, {"job", "b"}}, 1, 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(Put(store, kUp, 2, 1));
  EXPECT_EQ(store.stats().series_refused, 1u);
}

TEST(MemoryStore, RefusesHistogramsByName) {
  MemoryStore store;
  auto appender = store.MakeAppender();
  auto ref = appender->Append(0, kUp, At(1), std::shared_ptr<const model::Histogram>());
  EXPECT_EQ(ref.error().code(), ErrorCode::kUnsupported);
}

TEST(MemoryStore, AnswersMetadataSortedAndLimited) {
  MemoryStore store;
  ASSERT_TRUE(Put(store, {{"__name__", "up"}, {"job", "b"}}, 10, 1));
  ASSERT_TRUE(Put(store, {{"__name__", "up"}, {"job", "a"}}, 10, 1));
  ASSERT_TRUE(Put(store, {{"__name__", "old"}, {"zone", "z"}}, 1, 1));
  EXPECT_THAT(*store.LabelNames({}, Between(5, 20), 0), ElementsAre("__name__", "job"));
  EXPECT_THAT(*store.LabelValues("job", {}, Between(0, 20), 0), ElementsAre("a", "b"));
  EXPECT_THAT(*store.LabelValues("job", {}, Between(0, 20), 1), ElementsAre("a"));
  auto series =
      store.SeriesLabels({{Matcher::Equal("job", "b")}, {Matcher::Equal("zone", "z")}}, Between(0, 20), 0);
  EXPECT_THAT(*series, ElementsAre(Labels({{"__name__", "old"}, {"zone", "z"}}),
                                   Labels({{"__name__", "up"}, {"job", "b"}})));
}

TEST(MemoryStore, LetsReadersAndWritersRunTogether) {
  MemoryStore store({.retention = Duration(500)});
  std::atomic<bool> done{false};
  std::jthread writer([&] {
    for (int64_t t = 1; t <= 3000; ++t) {
      auto appender = store.MakeAppender();
      for (const char* job : {"a", "b"}) {
        (void)appender->Append(0, {{"__name__", "up"}, {"job", job}}, At(t), static_cast<double>(t));
      }
      (void)appender->Commit();
      if (t % 100 == 0) store.Truncate(At(t));
    }
    done = true;
  });
  while (!done) {
    auto found = Up(store, 0, 10000);
    if (found.empty()) continue;
    ASSERT_THAT(found, SizeIs(2));
    // A batch is seen whole: both series end at the same time.
    EXPECT_EQ(found[0].timestamps.back(), found[1].timestamps.back());
    for (const auto& series : found) {
      for (size_t i = 0; i < series.values.size(); ++i) {
        ASSERT_EQ(series.values[i], static_cast<double>(series.timestamps[i]));
      }
    }
  }
}

}  // namespace
}  // namespace tocsin::store
