#include "alerting/collect/scrape/series_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::collect {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

/// A scrape of these texts; gives those that are gone.
std::vector<std::string> Round(SeriesCache& cache, const std::vector<std::string>& texts) {
  cache.Begin();
  for (const std::string& text : texts) {
    SeriesCache::Entry* entry = cache.Find(text);
    if (entry == nullptr) entry = &cache.Add(text, model::Labels{{"__name__", text}}, false);
    EXPECT_EQ(entry->text, text);
    cache.See(*entry);
  }
  std::vector<std::string> gone;
  cache.Finish([&](SeriesCache::Entry& entry) { gone.push_back(entry.text); });
  return gone;
}

TEST(SeriesCache, GuessesTheOrderOfTheLastScrape) {
  SeriesCache cache;
  Round(cache, {"a", "b", "c"});
  cache.Begin();
  EXPECT_EQ(cache.Guess(), "a");
  cache.Find("a");
  EXPECT_EQ(cache.Guess(), "b");
  cache.Find("c");  // b was left out
  EXPECT_EQ(cache.Guess(), "");
}

TEST(SeriesCache, SaysWhatIsGoneAndForgetsIt) {
  SeriesCache cache;
  EXPECT_THAT(Round(cache, {"a", "b", "c"}), ElementsAre());
  EXPECT_THAT(Round(cache, {"c", "d", "a"}), ElementsAre("b"));
  EXPECT_EQ(cache.size(), 3U);
  EXPECT_THAT(Round(cache, {}), UnorderedElementsAre("a", "c", "d"));
  EXPECT_EQ(cache.size(), 0U);
  EXPECT_THAT(Round(cache, {"b"}), ElementsAre());
}

TEST(SeriesCache, SeesAnEntryOnceAScrape) {
  SeriesCache cache;
  cache.Begin();
  SeriesCache::Entry& entry = cache.Add("a", {}, false);
  EXPECT_TRUE(cache.See(entry));
  EXPECT_FALSE(cache.See(entry));
}

TEST(SeriesCache, AFailedScrapeLeavesTheEntriesOfTheLastGoodOne) {
  SeriesCache cache;
  Round(cache, {"a", "b"});
  cache.Begin();
  cache.See(*cache.Find("a"));
  cache.See(cache.Add("new", {}, false));
  cache.Abandon();
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_THAT(Round(cache, {"a", "b"}), ElementsAre());
}

}  // namespace
}  // namespace tocsin::collect
