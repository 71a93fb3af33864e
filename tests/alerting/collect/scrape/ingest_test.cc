#include "alerting/collect/scrape/ingest.h"

#include <array>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/alerting/collect/fake_store.h"

namespace tocsin::collect {
namespace {

using testing::ElementsAre;

class IngesterTest : public testing::Test {
 protected:
  /// Ingests and commits; gives the error's text, "" for none.
  std::string Scrape(std::string_view body, int64_t at, BodyFormat format = BodyFormat::kText,
                     size_t cut = std::string_view::npos) {
    counts_ = {};
    auto appender = store_.MakeAppender();
    ingester_.Begin(format, Timestamp::FromMillis(at), *appender, counts_);
    ingester_.Take(body.substr(0, cut));
    if (cut < body.size()) ingester_.Take(body.substr(cut));
    const Status status = ingester_.Finish();
    if (!status) return status.error().ToString();
    EXPECT_TRUE(appender->Commit().has_value());
    return "";
  }
  void MarkAllStale(int64_t at) {
    auto appender = store_.MakeAppender();
    ingester_.MarkAllStale(Timestamp::FromMillis(at), *appender);
    EXPECT_TRUE(appender->Commit().has_value());
  }
  void Use(Ingester::Settings settings) { ingester_ = Ingester(std::move(settings)); }

  FakeStore store_;
  IngestCounts counts_;
  Ingester ingester_{Ingester::Settings{.target_labels = {{"job", "j"}}}};
};

TEST_F(IngesterTest, AddsTheTargetsLabels) {
  EXPECT_EQ(Scrape("a{x=\"1\"} 5\n", 1000), "");
  EXPECT_THAT(store_.Take(), ElementsAre(R"(a{job="j", x="1"} 5 @1000)"));
  EXPECT_EQ(counts_.scraped, 1U);
  EXPECT_EQ(counts_.kept, 1U);
  EXPECT_EQ(counts_.series_added, 1U);
}

TEST_F(IngesterTest, ASecondScrapeUsesTheReferences) {
  Scrape("a 1\nb 2\n", 1000);
  EXPECT_EQ(store_.known_refs_used, 0U);
  Scrape("a 1\nb 2\n", 2000);
  EXPECT_EQ(store_.known_refs_used, 2U);
  EXPECT_EQ(counts_.series_added, 0U);
}

/// Three scrapes: the samples, the ends of series, the exemplars and the errors.
TEST_F(IngesterTest, ABodyCutAnywhereComesToTheSame) {
  const std::array<std::string, 5> pages = {
      "a_total 1\nb{x=\"over\ntwo\"} 2\nc 3 0.5 # {t=\"x\"} 1\nd 4\n# EOF\n",
      "a_total 1\n# TYPE b gauge\nb{x=\"1\"} 2\nc 4 0.6 # {t=\"y\"} 1\n# EOF\n",
      "a_total 2\nb{x=\"1\"} 3\nc 5\ne 5\nd x\n# EOF\n", "a_total 2\nb{x=\"1\"} 3\ne 5\na_total 7\n# EOF\n",
      "b{x=\"1\"} 3\na_total 2\n"};
  for (const BodyFormat format : {BodyFormat::kText, BodyFormat::kOpenMetrics}) {
    const auto all = [&](size_t page_cut, size_t cut) {
      Use({.target_labels = {{"job", "j"}}, .limits = {.samples = 5}});
      store_ = FakeStore();
      std::string out;
      for (size_t i = 0; i < pages.size(); ++i) {
        const auto at = static_cast<int64_t>(1000 * (i + 1));
        const std::string error = Scrape(pages[i], at, format, i == page_cut ? cut : std::string::npos);
        if (!error.empty()) MarkAllStale(at);
        out += fmt::format("{} {} {} {} {} {}\n{}\n", error, counts_.scraped, counts_.kept, counts_.limited,
                           counts_.series_added, counts_.duplicates, fmt::join(store_.Take(), "\n"));
        for (const auto& [series, exemplar] : ingester_.TakeExemplars()) out += exemplar.labels.ToString();
      }
      return out;
    };
    const std::string whole = all(0, std::string::npos);
    for (size_t page = 0; page < pages.size(); ++page) {
      for (size_t cut = 0; cut < pages[page].size(); ++cut) {
        ASSERT_EQ(all(page, cut), whole) << "page " << page << " cut at " << cut;
      }
    }
  }
}

TEST_F(IngesterTest, ABodyThatIsGivenUpLeavesNothing) {
  Scrape("a 1\nb 1\n", 1000);
  store_.Take();
  {
    auto appender = store_.MakeAppender();
    ingester_.Begin(BodyFormat::kText, Timestamp::FromMillis(2000), *appender, counts_);
    ingester_.Take("b 2\nnew 1\na");
    ingester_.Abandon();
  }
  EXPECT_EQ(Scrape("a 3\nb 3\nnew 3\n", 3000), "");
  EXPECT_EQ(counts_.series_added, 1U);
  EXPECT_THAT(store_.Take(),
              ElementsAre(R"(a{job="j"} 3 @3000)", R"(b{job="j"} 3 @3000)", R"(new{job="j"} 3 @3000)"));
  Scrape("a 4\n", 4000);
  EXPECT_THAT(store_.Take(), ElementsAre(R"(a{job="j"} 4 @4000)", R"(b{job="j"} stale @4000)",
                                         R"(new{job="j"} stale @4000)"));
}

TEST_F(IngesterTest, ConflictingLabelsAreExported) {
  Scrape("a{job=\"x\",exported_job=\"y\"} 1\n", 1000);
  EXPECT_THAT(store_.Take(),
              ElementsAre(R"(a{exported_exported_job="x", exported_job="y", job="j"} 1 @1000)"));
}

TEST_F(IngesterTest, HonoredLabelsWin) {
  Use({.target_labels = {{"job", "j"}, {"instance", "i"}}, .honor_labels = true});
  Scrape("a{job=\"x\"} 1\n", 1000);
  EXPECT_THAT(store_.Take(), ElementsAre(R"(a{instance="i", job="x"} 1 @1000)"));
}

TEST_F(IngesterTest, AnEmptyHonoredLabelTakesTheTargetsAway) {
  Use({.target_labels = {{"job", "j"}, {"instance", "i"}}, .honor_labels = true});
  Scrape("a{job=\"\"} 1\n", 1000);
  EXPECT_THAT(store_.Take(), ElementsAre(R"(a{instance="i"} 1 @1000)"));
}

TEST_F(IngesterTest, ALineThatCannotBeReadDoesNotCount) {
  EXPECT_EQ(Scrape("a 1\nb{x=1} 1\n", 1000), "2:5: expected a label value in double quotes");
  EXPECT_EQ(counts_.scraped, 1U);
  EXPECT_EQ(Scrape("a 1\nb{x=\"1\",x=\"2\"} 1\n", 2000), "label name \"x\" is not unique");
  EXPECT_EQ(counts_.scraped, 2U);
}

TEST_F(IngesterTest, MetadataSaysUnknownWhereNothingIsSaid) {
  EXPECT_EQ(Scrape("# HELP a\n# TYPE b untyped\n", 1000), "");
  EXPECT_TRUE(ingester_.TakeMetadataChange());
  EXPECT_EQ(ingester_.metadata().at("a"), (MetricMetadata{"unknown", "", ""}));
  EXPECT_EQ(ingester_.metadata().at("b"), (MetricMetadata{"unknown", "", ""}));
}

TEST_F(IngesterTest, EndsASeriesThatIsGone) {
  Scrape("a 1\nb 2\n", 1000);
  store_.Take();
  Scrape("a 1\n", 2000);
  EXPECT_THAT(store_.Take(), ElementsAre(R"(a{job="j"} 1 @2000)", R"(b{job="j"} stale @2000)"));
  Scrape("a 1\n", 3000);
  EXPECT_THAT(store_.Take(), ElementsAre(R"(a{job="j"} 1 @3000)"));
}

TEST_F(IngesterTest, AFailedScrapeEndsEverySeriesOnce) {
  Scrape("a 1\n", 1000);
  store_.Take();
  EXPECT_EQ(Scrape("a 1\nnew 1\nb x\n", 2000), "3:3: \"x\" is no valid value");
  EXPECT_EQ(counts_.scraped, 2U);
  MarkAllStale(2000);
  EXPECT_THAT(store_.Take(), ElementsAre(R"(a{job="j"} stale @2000)"));
  MarkAllStale(3000);
  EXPECT_THAT(store_.Take(), ElementsAre());
  Scrape("a 1\n", 4000);
  Scrape("", 5000);
  EXPECT_THAT(store_.Take(), ElementsAre(R"(a{job="j"} 1 @4000)", R"(a{job="j"} stale @5000)"));
}

TEST_F(IngesterTest, TimestampsOfTheTargetAreHonoredAndNotTrackedForStaleness) {
  Scrape("a 1 500\n", 1000);
  Scrape("", 2000);
  EXPECT_THAT(store_.Take(), ElementsAre(R"(a{job="j"} 1 @500)"));
}

TEST_F(IngesterTest, TimestampsCanBeIgnored) {
  Use({.honor_timestamps = false});
  Scrape("a 1 500\n", 1000);
  Scrape("", 2000);
  EXPECT_THAT(store_.Take(), ElementsAre("a 1 @1000", "a stale @2000"));
}

TEST_F(IngesterTest, StalenessOfTimestampsCanBeTracked) {
  Use({.track_timestamps_staleness = true});
  Scrape("a 1 500\n", 1000);
  Scrape("", 2000);
  EXPECT_THAT(store_.Take(), ElementsAre("a 1 @500", "a stale @2000"));
}

TEST_F(IngesterTest, MetricRelabellingDropsAndRenames) {
  Use({.metric_relabeling =
           Relabeling::Compile(
               {{.source_labels = {"__name__"}, .regex = "drop_.*", .action = RelabelAction::kDrop},
                {.source_labels = {"__name__"},
                 .regex = "old_(.*)",
                 .target_label = "__name__",
                 .replacement = "new_$1"}})
               .value()});
  for (int64_t at : {1000, 2000}) {
    Scrape("drop_me 1\nold_x 2\n", at);
    EXPECT_EQ(counts_.scraped, 2U);
    EXPECT_EQ(counts_.kept, 1U);
  }
  EXPECT_THAT(store_.Take(), ElementsAre("new_x 2 @1000", "new_x 2 @2000"));
}

TEST_F(IngesterTest, RelabellingMustLeaveAName) {
  Use({.metric_relabeling =
           Relabeling::Compile({{.regex = "__name__", .action = RelabelAction::kLabelDrop}}).value()});
  EXPECT_EQ(Scrape("a{x=\"1\"} 1\n", 1000), R"(relabelling left {x="1"} without a metric name)");
}

TEST_F(IngesterTest, ASeriesTwiceInABodyIsADuplicate) {
  EXPECT_EQ(Scrape("a 1\na 2\n", 1000), "");
  EXPECT_THAT(store_.Take(), ElementsAre(R"(a{job="j"} 1 @1000)"));
  EXPECT_EQ(counts_.duplicates, 1U);
}

TEST_F(IngesterTest, OfASeriesInTwoSpellingsTheFirstSampleCounts) {
  Scrape("a 1\n", 1000);
  store_.Take();
  Scrape("a 2\na{} 3\n", 2000);
  EXPECT_EQ(store_.Take().front(), R"(a{job="j"} 2 @2000)");
}

TEST_F(IngesterTest, TheExemplarOfASecondSampleIsKept) {
  EXPECT_EQ(Scrape("a_total 1\na_total 2 # {t=\"x\"} 2\n# EOF\n", 1000, BodyFormat::kOpenMetrics), "");
  EXPECT_EQ(ingester_.TakeExemplars().size(), 1U);
}

TEST_F(IngesterTest, ASecondSampleOfASeriesIsNotLimited) {
  Use({.limits = {.samples = 2}});
  EXPECT_EQ(Scrape("a 1\nb 1\nb 2\n", 1000), "");
  EXPECT_EQ(counts_.kept, 3U);
}

TEST_F(IngesterTest, TimesFarFromTheScrapesAreRefused) {
  constexpr int64_t kNow = 10'000'000;
  EXPECT_EQ(Scrape("a 1 6399999\nb 1 6400000\nc 1 10600000\nd 1 10600001\n", kNow), "");
  EXPECT_EQ(counts_.out_of_bounds, 2U);
  EXPECT_EQ(counts_.series_added, 2U);
  EXPECT_EQ(store_.Take().size(), 2U);
}

TEST_F(IngesterTest, ASeriesOfAFailedScrapeIsNotAddedAgain) {
  EXPECT_NE(Scrape("a 1\nb\n", 1000), "");
  EXPECT_EQ(counts_.series_added, 1U);
  EXPECT_EQ(Scrape("a 1\nb 1\n", 2000), "");
  EXPECT_EQ(counts_.series_added, 1U);  // b
}

TEST_F(IngesterTest, WhatTheStoreRefusesIsCountedAndTheRestIsTaken) {
  Scrape("a 1 5000\n", 1000);
  EXPECT_EQ(Scrape("a 1 4000\nb 1\n", 2000), "");
  EXPECT_EQ(counts_.out_of_order, 1U);
  store_.max_series = 2;
  EXPECT_EQ(Scrape("b 1\nc 1\n", 3000), "");
  EXPECT_EQ(counts_.refused, 1U);
}

TEST_F(IngesterTest, LimitsFailTheScrape) {
  Use({.limits = {.samples = 2}});
  EXPECT_EQ(Scrape("a 1\nb 1\nc 1\nd 1\n", 1000),
            "sample limit exceeded: 4 samples after relabelling, limit 2");
  Use({.limits = {.labels = 2}});
  EXPECT_EQ(Scrape("a{b=\"1\",c=\"2\"} 1\n", 1000),
            "label_limit exceeded (metric: \"a\", number of labels: 3, limit: 2)");
  Use({.limits = {.label_name_length = 8}});
  EXPECT_EQ(Scrape("a{ninechars=\"1\"} 1\n", 1000),
            "label_name_length_limit exceeded (metric: \"a\", label name: \"ninechars\", limit: 8)");
  Use({.limits = {.label_value_length = 2}});
  EXPECT_EQ(Scrape("a{b=\"123\"} 1\n", 1000),
            "label_value_length_limit exceeded (metric: \"a\", label name: \"b\", limit: 2)");
}

TEST_F(IngesterTest, RemembersMetadata) {
  Scrape(
      "# TYPE a_seconds counter\n# HELP a_seconds Help.\n# UNIT a_seconds seconds\na_seconds_total 1\n# "
      "EOF\n",
      1000, BodyFormat::kOpenMetrics);
  EXPECT_TRUE(ingester_.TakeMetadataChange());
  EXPECT_FALSE(ingester_.TakeMetadataChange());
  EXPECT_EQ(ingester_.metadata().find("a_seconds")->second, (MetricMetadata{"counter", "Help.", "seconds"}));
}

TEST_F(IngesterTest, AdoptedSeriesEndWhenTheyAreNotShownAgain) {
  Scrape("a 1\nb 1\n", 1000);
  std::vector<model::SeriesRef> live = ingester_.Live();
  EXPECT_EQ(live.size(), 2U);
  store_.Take();
  Use({.target_labels = {{"job", "j"}}});
  ingester_.Adopt(std::move(live));
  Scrape("b 2\n", 2000);
  EXPECT_THAT(store_.Take(), ElementsAre(R"(b{job="j"} 2 @2000)", R"(a{job="j"} stale @2000)"));
}

TEST_F(IngesterTest, ASeriesThatTheStoreForgotIsMadeAnew) {
  Scrape("a 1\nb 1\n", 1000);
  store_.ForgetSeries();
  store_.Take();
  Scrape("a 2\nb 2\n", 2000);
  EXPECT_THAT(store_.Take(), ElementsAre(R"(a{job="j"} 2 @2000)", R"(b{job="j"} 2 @2000)"));
}

TEST_F(IngesterTest, TimesOfATargetsOwnMayDifferFromLineToLine) {
  for (int64_t at : {1000, 2000}) {
    Scrape(fmt::format("a 1 {}\nb 2\nc 3 {}\nc 4 {}\n", at - 1, at - 2, at - 1), at);
  }
  EXPECT_THAT(store_.Take(),
              ElementsAre(R"(a{job="j"} 1 @999)", R"(b{job="j"} 2 @1000)", R"(c{job="j"} 3 @998)",
                          R"(c{job="j"} 4 @999)", R"(a{job="j"} 1 @1999)", R"(b{job="j"} 2 @2000)",
                          R"(c{job="j"} 3 @1998)", R"(c{job="j"} 4 @1999)"));
}

TEST_F(IngesterTest, NotesAnExemplarOnce) {
  const std::string line = "a_total{x=\"1\"} 1 # {trace_id=\"t\"} 0.5\n# EOF\n";
  Scrape(line, 1000, BodyFormat::kOpenMetrics);
  const auto first = ingester_.TakeExemplars();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].first.ToString(), R"(a_total{job="j", x="1"})");
  EXPECT_EQ(first[0].second, (model::Exemplar{{{"trace_id", "t"}}, 0.5, Timestamp::FromMillis(1000), false}));
  Scrape(line, 2000, BodyFormat::kOpenMetrics);
  EXPECT_TRUE(ingester_.TakeExemplars().empty());
  Scrape("a_total{x=\"1\"} 2 # {trace_id=\"u\"} 0.7 1.5\n# EOF\n", 3000, BodyFormat::kOpenMetrics);
  const auto third = ingester_.TakeExemplars();
  ASSERT_EQ(third.size(), 1U);
  EXPECT_EQ(third[0].second, (model::Exemplar{{{"trace_id", "u"}}, 0.7, Timestamp::FromMillis(1500)}));
}

}  // namespace
}  // namespace tocsin::collect
