#include "alerting/store/store.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>

#include "tests/alerting/store/select_both.h"

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

Status Put(Store& store, const Labels& labels, int64_t millis, double value) {
  auto appender = store.MakeAppender();
  auto ref = appender->Append(0, labels, At(millis), value);
  if (!ref) return Fail(ref.error());
  return appender->Commit();
}

std::vector<model::Series> Up(const Store& store, int64_t start, int64_t end) {
  return *SelectBoth(store, {Matcher::Equal("__name__", "up")}, Between(start, end));
}

TEST(Store, ReturnsTheSamplesOfAClosedRange) {
  Store store;
  for (int64_t t = 1; t <= 100; ++t) ASSERT_TRUE(Put(store, kUp, t, static_cast<double>(t)));
  auto found = Up(store, 10, 12);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].labels, kUp);
  EXPECT_THAT(found[0].timestamps, ElementsAre(10, 11, 12));
  EXPECT_THAT(found[0].values, ElementsAre(10, 11, 12));
  EXPECT_THAT(Up(store, 101, 200), IsEmpty());
}

TEST(Store, TakesManyKnownSamplesAtOnceAndSaysWhichNot) {
  Store store;
  const Labels down{{"__name__", "down"}};
  auto first = store.MakeAppender();
  const model::SeriesRef up_ref = *first->Append(0, kUp, At(10), 1.0);
  const model::SeriesRef down_ref = *first->Append(0, down, At(20), 2.0);
  ASSERT_TRUE(first->Commit());

  auto batch = store.MakeAppender();
  std::vector<model::RefusedSample> refused;
  batch->AppendKnown(At(20), std::vector<model::KnownSample>{{up_ref, 3}, {down_ref, 4}, {999, 5}}, refused);
  batch->AppendKnown(At(15), std::vector<model::KnownSample>{{down_ref, 4}}, refused);
  ASSERT_TRUE(batch->Commit());
  using Reason = model::RefusedSample::Reason;
  ASSERT_THAT(refused, SizeIs(3));
  EXPECT_EQ(refused[0].index, 1U);
  EXPECT_EQ(refused[0].reason, Reason::kDuplicate);
  EXPECT_EQ(refused[1].index, 2U);
  EXPECT_EQ(refused[1].reason, Reason::kUnknownSeries);
  EXPECT_EQ(refused[2].index, 0U);
  EXPECT_EQ(refused[2].reason, Reason::kOutOfOrder);
  EXPECT_THAT(Up(store, 0, 30).at(0).values, ElementsAre(1, 3));
}

TEST(Store, JoinsChunksInOrder) {
  Store store;
  for (int64_t t = 1; t <= 5000; ++t) ASSERT_TRUE(Put(store, kUp, t, static_cast<double>(-t)));
  auto found = Up(store, 3, 4990);
  ASSERT_THAT(found, SizeIs(1));
  ASSERT_THAT(found[0].timestamps, SizeIs(4988));
  for (size_t i = 0; i < found[0].timestamps.size(); ++i) {
    ASSERT_EQ(found[0].timestamps[i], static_cast<int64_t>(i) + 3);
    ASSERT_EQ(found[0].values[i], static_cast<double>(-found[0].timestamps[i]));
  }
}

TEST(Store, TellsWhatMemoryHolds) {
  Store store;
  EXPECT_EQ(store.head_contents().chunks, 0U);
  EXPECT_GT(store.head_contents().first, store.head_contents().last);
  for (int64_t t = 1; t <= 1000; ++t) ASSERT_TRUE(Put(store, kUp, t * 10, static_cast<double>(t)));
  ASSERT_TRUE(Put(store, Labels{{"__name__", "down"}}, 5, 1));
  const Head::Contents contents = store.head_contents();
  EXPECT_EQ(contents.first, 5);
  EXPECT_EQ(contents.last, 10'000);
  EXPECT_EQ(contents.chunks, 1U + 1U + 5U);  // columns of both, 984 samples in chunks of 240
}

// Selections are remembered; what comes and goes shows at once all the same.
TEST(Store, FindsNewSeriesAndMissesThoseThatWent) {
  Store store({.retention = Duration(100)});
  const std::vector<model::Matchers> queries = {
      {Matcher::Equal("__name__", "up")},
      {*Matcher::Make(model::MatchOp::kRegex, "job", "a|b")},
      {Matcher::Equal("__name__", "up"), *Matcher::Make(model::MatchOp::kNotEqual, "job", "b")},
      {Matcher::Equal("__name__", ""), Matcher::Equal("job", "a")},
  };
  const auto found = [&] {
    std::vector<size_t> counts;
    for (const model::Matchers& matchers : queries) {
      counts.push_back(store.Select(matchers, Between(0, 1'000), {})->size());
      EXPECT_EQ(store.Select(matchers, Between(0, 1'000), {})->size(), counts.back());
    }
    return counts;
  };
  EXPECT_THAT(found(), ElementsAre(0, 0, 0, 0));
  ASSERT_TRUE(Put(store, kUp, 10, 1));
  EXPECT_THAT(found(), ElementsAre(1, 1, 1, 0));
  ASSERT_TRUE(Put(store, {{"__name__", "up"}, {"job", "b"}}, 200, 1));
  EXPECT_THAT(found(), ElementsAre(2, 2, 1, 0));
  ASSERT_TRUE(Put(store, {{"job", "a"}}, 200, 1));
  EXPECT_THAT(found(), ElementsAre(2, 3, 1, 1));
  store.Upkeep(At(200));  // the first one is older than the retention
  EXPECT_THAT(found(), ElementsAre(1, 2, 0, 1));
  ASSERT_TRUE(Put(store, kUp, 250, 1));
  EXPECT_THAT(found(), ElementsAre(2, 3, 1, 1));
}

TEST(Store, ShowsSeriesUntilAVisitFails) {
  Store store;
  for (const char* job : {"c", "a", "b"}) ASSERT_TRUE(Put(store, {{"__name__", "up"}, {"job", job}}, 1, 1));
  int visits = 0;
  const auto refuse = [&](const model::SeriesView&) -> Status {
    if (++visits == 2) return Fail(ErrorCode::kTimeout, "enough");
    return {};
  };
  const Status done = store.ForEach({Matcher::Equal("__name__", "up")}, Between(0, 10), {}, refuse);
  EXPECT_EQ(done.error().message(), "enough");
  EXPECT_EQ(visits, 2);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(store.ForEach({Matcher::Equal("__name__", "up")}, Between(0, 10), stop.get_token(), refuse)
                .error()
                .code(),
            ErrorCode::kCanceled);
}

TEST(Store, SortsSeriesByLabels) {
  Store store;
  for (const char* job : {"c", "a", "b"}) ASSERT_TRUE(Put(store, {{"__name__", "up"}, {"job", job}}, 1, 1));
  std::vector<std::string> jobs;
  for (const auto& series : Up(store, 0, 10)) jobs.emplace_back(series.labels.Get("job"));
  EXPECT_THAT(jobs, ElementsAre("a", "b", "c"));
}

TEST(Store, SortsManySeriesAsLabelsCompare) {
  Store store;
  std::vector<Labels> all;
  for (int i = 0; i < 400; ++i) {
    const int n = i * 7919 % 400;
    model::LabelsBuilder labels(kUp);
    labels.Set("code", std::to_string(n % 5)).Set("path", "/a/long/way/to/" + std::to_string(n));
    if (n % 3 == 0) labels.Set("zone", n % 2 == 0 ? "\xc3\xa4" : "z");
    if (n % 40 == 0) labels.Delete("code");
    if (n % 50 == 0) labels.Set("path", "/" + std::to_string(n));
    if (n % 77 == 0) labels.Set("code", "1234567" + std::string(static_cast<size_t>(n) / 77, '0'));
    all.push_back(labels.Build());
    ASSERT_TRUE(Put(store, all.back(), 1, 1));
  }
  std::sort(all.begin(), all.end());
  std::vector<Labels> found;
  for (const model::Series& series : Up(store, 0, 10)) found.push_back(series.labels);
  EXPECT_EQ(found, all);
  EXPECT_THAT(Up(store, 2, 10), IsEmpty());
}

TEST(Store, RefusesOlderAndConflictingSamples) {
  Store store;
  ASSERT_TRUE(Put(store, kUp, 1000, 1));
  EXPECT_TRUE(Put(store, kUp, 1000, 1));
  EXPECT_EQ(Put(store, kUp, 999, 1).error().message(), "out of order sample");
  EXPECT_EQ(Put(store, kUp, 1000, 2).error().message(), "duplicate sample for timestamp");
  EXPECT_THAT(Up(store, 0, 2000)[0].values, ElementsAre(1));
  EXPECT_EQ(store.stats().samples_appended, 1u);
  EXPECT_EQ(store.stats().out_of_order, 1u);
  EXPECT_EQ(store.stats().duplicates, 1u);
}

TEST(Store, DropsWhatTheBatchItselfOvertook) {
  Store store;
  auto appender = store.MakeAppender();
  ASSERT_TRUE(appender->Append(0, kUp, At(20), 1.0));
  ASSERT_TRUE(appender->Append(0, kUp, At(10), 2.0));
  ASSERT_TRUE(appender->Commit());
  EXPECT_THAT(Up(store, 0, 100)[0].timestamps, ElementsAre(20));
  EXPECT_EQ(store.stats().out_of_order, 1u);
}

TEST(Store, ShowsNothingBeforeCommitAndNothingAfterRollback) {
  Store store;
  auto appender = store.MakeAppender();
  ASSERT_TRUE(appender->Append(0, kUp, At(1), 1.0));
  EXPECT_THAT(Up(store, 0, 10), IsEmpty());
  appender->Rollback();
  ASSERT_TRUE(appender->Commit());
  EXPECT_THAT(Up(store, 0, 10), IsEmpty());
}

TEST(Store, KeepsAResultAsItWasWhileAppendingAndTruncatingGoOn) {
  Store store({.retention = Duration(10)});
  ASSERT_TRUE(Put(store, kUp, 1, 1));
  auto found = Up(store, 0, 10000);
  for (int64_t t = 2; t < 500; ++t) ASSERT_TRUE(Put(store, kUp, t, 2));
  store.Upkeep(At(100000));
  EXPECT_THAT(found[0].timestamps, ElementsAre(1));
  EXPECT_THAT(found[0].values, ElementsAre(1));
}

TEST(Store, DropsOldChunksAndDeadSeries) {
  Store store({.retention = Duration(1000)});
  Labels live{{"__name__", "up"}, {"job", "live"}};
  ASSERT_TRUE(Put(store, kUp, 1, 1));
  for (int64_t t = 1; t <= 5000; ++t) ASSERT_TRUE(Put(store, live, t, 1));
  store.Upkeep(At(5000));
  auto found = Up(store, 0, 10000);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].labels, live);
  EXPECT_LE(found[0].timestamps.front(), 4000);  // nothing within the retention went
  EXPECT_GT(found[0].timestamps.front(), 1);
  EXPECT_EQ(store.stats().series, 1u);
  EXPECT_EQ(store.stats().series_removed, 1u);
}

TEST(Store, ARefOfADroppedSeriesMakesItAnewAndNeverHitsAnother) {
  Store store({.retention = Duration(10)});
  auto appender = store.MakeAppender();
  auto old_ref = appender->Append(0, kUp, At(1), 1.0);
  ASSERT_TRUE(appender->Commit());
  store.Upkeep(At(1000));
  Labels other{{"__name__", "other"}};
  ASSERT_TRUE(Put(store, other, 1000, 5));
  auto new_ref = appender->Append(*old_ref, kUp, At(1001), 2.0);
  ASSERT_TRUE(new_ref);
  EXPECT_NE(*new_ref, *old_ref);
  ASSERT_TRUE(appender->Commit());
  EXPECT_THAT(Up(store, 0, 2000)[0].values, ElementsAre(2));
}

TEST(Store, RefusesSeriesBeyondTheLimit) {
  Store store({.max_series = 1});
  ASSERT_TRUE(Put(store, kUp, 1, 1));
  Status refused = Put(store, {{"__name__", "up"}, {"job", "b"}}, 1, 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(Put(store, kUp, 2, 1));
  EXPECT_EQ(store.stats().series_refused, 1u);
}

TEST(Store, RefusesHistogramsByName) {
  Store store;
  auto appender = store.MakeAppender();
  auto ref = appender->Append(0, kUp, At(1), std::shared_ptr<const model::Histogram>());
  EXPECT_EQ(ref.error().code(), ErrorCode::kUnsupported);
}

TEST(Store, AnswersMetadataSortedAndLimited) {
  Store store;
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

TEST(Store, LetsReadersAndWritersRunTogether) {
  Store store({.retention = Duration(500)});
  std::atomic<bool> done{false};
  std::jthread writer([&] {
    for (int64_t t = 1; t <= 3000; ++t) {
      auto appender = store.MakeAppender();
      for (const char* job : {"a", "b"}) {
        (void)appender->Append(0, {{"__name__", "up"}, {"job", job}}, At(t), static_cast<double>(t));
      }
      (void)appender->Commit();
      if (t % 100 == 0) store.Upkeep(At(t));
    }
    done = true;
  });
  const model::Matchers matchers{Matcher::Equal("__name__", "up")};
  while (!done) {
    std::vector<int64_t> ends;
    ASSERT_TRUE(store.ForEach(matchers, Between(0, 10000), {}, [&](const model::SeriesView& view) -> Status {
      ends.push_back(view.timestamps.back());
      return {};
    }));
    if (!ends.empty()) {
      ASSERT_THAT(ends, SizeIs(2));
      EXPECT_EQ(ends[0], ends[1]);
    }
    auto found = *store.Select(matchers, Between(0, 10000), {});
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
