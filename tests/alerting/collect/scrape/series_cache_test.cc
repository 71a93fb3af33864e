#include "alerting/collect/scrape/series_cache.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tocsin::collect {
namespace {

std::string Text(const SeriesCache& cache, SeriesCache::Place place) {
  return std::string(cache.Text(place));
}

/// Shows one text to the cache, as a scrape does.
SeriesCache::Place Show(SeriesCache& cache, std::string_view text) {
  SeriesCache::Place place = cache.Find(text);
  if (place == SeriesCache::kNone) {
    place = cache.Add(text, false);
    cache.entry(place).tracked = true;
  }
  EXPECT_EQ(cache.Text(place), text);
  return cache.See(place) ? place : SeriesCache::kNone;
}

/// A scrape of these texts; gives those that are gone, by the first letter, which stands in their reference.
std::string Round(SeriesCache& cache, const std::vector<std::string>& texts) {
  cache.Begin();
  for (const std::string& text : texts) {
    const SeriesCache::Place place = Show(cache, text);
    if (place != SeriesCache::kNone) cache.entry(place).ref = static_cast<unsigned char>(text[0]);
  }
  std::string gone;
  cache.Finish([&](const SeriesCache::Entry& entry) { gone += static_cast<char>(entry.ref); });
  return gone;
}

TEST(SeriesCache, GuessesTheOrderOfTheLastScrape) {
  SeriesCache cache;
  Round(cache, {"a", "b", "c"});
  cache.Begin();
  EXPECT_EQ(cache.Guess(), "a");
  Show(cache, "a");
  EXPECT_EQ(cache.Guess(), "b");
  Show(cache, "c");  // b was left out
  EXPECT_EQ(cache.Guess(), "");
}

TEST(SeriesCache, ANewTextLeavesTheCursorWhereItIs) {
  SeriesCache cache;
  Round(cache, {"a", "b"});
  cache.Begin();
  Show(cache, "a");
  Show(cache, "new");
  EXPECT_EQ(cache.Guess(), "b");
}

TEST(SeriesCache, FollowsTheOrderThatTheTargetChangesTo) {
  SeriesCache cache;
  Round(cache, {"a", "b", "c", "d"});
  EXPECT_EQ(Round(cache, {"d", "new", "b", "a"}), "c");
  cache.Begin();
  for (const char* text : {"d", "new", "b", "a"}) {
    EXPECT_EQ(cache.Guess(), text);
    Show(cache, text);
  }
}

TEST(SeriesCache, SaysWhatIsGoneAndForgetsIt) {
  SeriesCache cache;
  EXPECT_EQ(Round(cache, {"a", "b", "c"}), "");
  EXPECT_EQ(Round(cache, {"c", "d", "a"}), "b");
  EXPECT_EQ(cache.size(), 3U);
  EXPECT_EQ(Round(cache, {"c", "d"}), "a");  // the end alone is gone
  EXPECT_EQ(Round(cache, {}), "cd");
  EXPECT_EQ(cache.size(), 0U);
  EXPECT_EQ(Round(cache, {"b"}), "");
}

TEST(SeriesCache, SeesAnEntryOnceAScrape) {
  SeriesCache cache;
  EXPECT_EQ(Round(cache, {"a", "a", "b", "a"}), "");
  EXPECT_EQ(cache.size(), 2U);
  cache.Begin();
  EXPECT_NE(Show(cache, "a"), SeriesCache::kNone);
  EXPECT_EQ(Show(cache, "a"), SeriesCache::kNone);
}

TEST(SeriesCache, AFailedScrapeKeepsWhatItAddedUntilACompleteOneDoesNotShowIt) {
  SeriesCache cache;
  Round(cache, {"a", "b"});
  cache.Begin();
  Show(cache, "b");
  Show(cache, "new");
  cache.Abandon();
  EXPECT_EQ(cache.size(), 3U);
  EXPECT_EQ(Text(cache, 1), "b");
  EXPECT_NE(cache.Find("new"), SeriesCache::kNone);
  EXPECT_EQ(Round(cache, {"a", "b"}), std::string(1, 0));  // it never got a reference
  EXPECT_EQ(cache.size(), 2U);
}

TEST(SeriesCache, FailedScrapesOfEverOtherSeriesDoNotFillIt) {
  SeriesCache cache;
  Round(cache, {"a", "b"});
  for (int scrape = 0; scrape < 100; ++scrape) {
    cache.Begin();
    for (int i = 0; i < 100; ++i) Show(cache, std::to_string(scrape * 100 + i));
    cache.Abandon();
    ASSERT_LE(cache.size(), 1100U);
  }
  EXPECT_EQ(Text(cache, 0), "a");
  EXPECT_EQ(Text(cache, 1), "b");
}

TEST(SeriesCache, IsLiveWhatWasTrackedInACompleteScrape) {
  SeriesCache cache;
  cache.Begin();
  EXPECT_FALSE(cache.entry(Show(cache, "a")).live);
  cache.Finish([](const auto&) {});
  EXPECT_TRUE(cache.entry(0).live);
}

TEST(SeriesCache, AnyWalkGivesWhatAMapWould) {
  SeriesCache cache;
  std::set<std::string> before;
  uint64_t random = 1;
  auto next = [&](uint64_t below) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    return (random >> 33) % below;
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> texts;
    for (uint64_t i = next(60); i > 0; --i) texts.emplace_back(1, static_cast<char>('0' + next(70)));
    if (next(2) == 0) std::sort(texts.begin(), texts.end());
    std::set<std::string> now(texts.begin(), texts.end());
    std::string gone;
    for (const std::string& text : before) gone += now.contains(text) ? "" : text;
    std::string said = Round(cache, texts);
    std::sort(said.begin(), said.end());
    ASSERT_EQ(said, gone) << "round " << round;
    ASSERT_EQ(cache.size(), now.size());
    before = std::move(now);
  }
}

TEST(SeriesCache, KeepsTextsThatBeginAlike) {
  SeriesCache cache;
  uint64_t random = 7;
  auto next = [&](uint64_t below) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    return (random >> 33) % below;
  };
  std::vector<std::string> texts;
  texts.reserve(202);
  for (int i = 0; i < 200; ++i) {
    texts.push_back("metric_" + std::to_string(i / 50) + "{instance=\"10.0.0." + std::to_string(i) + "\"}");
  }
  texts.push_back(std::string(100'000, 'x') + "a");
  texts.push_back(std::string(100'000, 'x') + "b");
  for (int round = 0; round < 60; ++round) {
    std::vector<std::string> shown;
    for (const std::string& text : texts) {
      if (next(20) != 0) shown.push_back(text);
    }
    if (next(3) == 0) std::swap(shown[next(shown.size())], shown[next(shown.size())]);
    Round(cache, shown);
    ASSERT_EQ(cache.size(), shown.size());
    for (size_t i = 0; i < shown.size(); ++i)
      ASSERT_EQ(cache.Text(static_cast<SeriesCache::Place>(i)), shown[i]);
    if (next(4) != 0) continue;
    cache.Begin();
    for (size_t i = 0; i < 20; ++i) Show(cache, texts[next(texts.size())] + (next(2) == 0 ? "" : "new"));
    cache.Abandon();
    for (size_t i = 0; i < shown.size(); ++i)
      ASSERT_EQ(cache.Text(static_cast<SeriesCache::Place>(i)), shown[i]);
    cache.Begin();
    for (const std::string& text : shown) {
      ASSERT_EQ(cache.Guess(), text);
      Show(cache, text);
    }
    cache.Finish([](const auto&) {});
  }
}

/// As the families of a page do; some of them go, and come again.
TEST(SeriesCache, KeepsTextsThatEndAlike) {
  const auto family = [](int number) {
    std::vector<std::string> texts;
    for (int i = 0; i < 100; ++i) {
      std::string text = "m_" + std::to_string(number) + "{instance=\"10.0.0." + std::to_string(i) + "\"}";
      if (i % 10 == 0) text += std::string(300, static_cast<char>('a' + i / 10));
      texts.push_back(std::move(text));
    }
    return texts;
  };
  SeriesCache cache;
  for (const std::vector<int>& numbers :
       {std::vector{1, 2, 3, 4}, {1, 2}, {1, 2, 3, 4, 5}, {4, 2, 6}, {4, 2, 6, 1, 3}, {3}, {3, 1}}) {
    std::vector<std::string> shown;
    for (const int number : numbers) {
      for (std::string& text : family(number)) shown.push_back(std::move(text));
    }
    cache.Begin();
    for (size_t i = 0; i < 150 && i < shown.size(); ++i) Show(cache, shown[i]);
    cache.Undo();
    Round(cache, shown);
    ASSERT_EQ(cache.size(), shown.size());
    for (size_t i = 0; i < shown.size(); ++i) {
      ASSERT_EQ(cache.Text(static_cast<SeriesCache::Place>(i)), shown[i]);
    }
  }
}

}  // namespace
}  // namespace tocsin::collect
