#include "alerting/model/text_pool.h"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "alerting/model/labels.h"

namespace tocsin::model {
namespace {

std::string_view TextOf(const TextPool& pool, TextPool::Place place) { return TextAt(pool.base() + place); }

TEST(TextPool, KeepsEachTextOnce) {
  const TextPool::Handle pool = TextPool::Make();
  const TextPool::Place a = pool->Take("instance");
  const TextPool::Place b = pool->Take("job");
  EXPECT_NE(a, b);
  EXPECT_EQ(pool->Take("instance"), a);
  EXPECT_EQ(TextOf(*pool, a), "instance");
  EXPECT_EQ(TextOf(*pool, b), "job");
}

TEST(TextPool, ForgetsATextWithItsLastUserAndUsesTheRoomAgain) {
  const TextPool::Handle pool = TextPool::Make();
  const TextPool::Place place = pool->Take("a-text");
  EXPECT_EQ(pool->Take("a-text"), place);
  pool->Give(place);
  EXPECT_EQ(TextOf(*pool, place), "a-text");
  const size_t before = pool->memory();
  pool->Give(place);
  EXPECT_EQ(pool->Take("b-text"), place);
  EXPECT_EQ(pool->memory(), before);
}

// Holes in the table of texts must not hide those behind them.
TEST(TextPool, FindsWhatIsLeftAfterManyWent) {
  const TextPool::Handle pool = TextPool::Make();
  std::map<std::string, TextPool::Place> held;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 200; ++i) {
      const std::string text = "text-" + std::to_string(i * 7919 + round * 104729);
      const TextPool::Place place = pool->Take(text);
      if (!held.emplace(text, place).second) pool->Give(place);
    }
    for (auto it = held.begin(); it != held.end();) {
      if ((it->second / 8) % 3 != 0) {
        ++it;
        continue;
      }
      pool->Give(it->second);
      it = held.erase(it);
    }
    for (const auto& [text, place] : held) {
      EXPECT_EQ(pool->Take(text), place);
      pool->Give(place);
    }
  }
}

TEST(PooledLabels, AreTheSameSet) {
  const TextPool::Handle pool = TextPool::Make();
  const Labels own({{"__name__", "up"}, {"instance", "10.0.0.1:9100"}, {"job", "node"}});
  const Labels pooled = own.Pooled(*pool);
  const Labels other =
      Labels({{"__name__", "up"}, {"instance", "10.0.0.2:9100"}, {"job", "node"}}).Pooled(*pool);
  EXPECT_EQ(pooled, own);
  EXPECT_EQ(pooled.hash(), own.hash());
  EXPECT_EQ(pooled.ToString(), own.ToString());
  EXPECT_EQ(pooled, own.Pooled(*pool));
  EXPECT_NE(pooled, other);
  EXPECT_LT(pooled, other);
  EXPECT_LT(own, other);
  EXPECT_TRUE(Labels::SameAt(pooled, other, 0));
  EXPECT_FALSE(Labels::SameAt(pooled, other, 1));
  EXPECT_LT(pooled.memory(), own.memory());
  EXPECT_TRUE(Labels().Pooled(*pool).empty());
}

TEST(PooledLabels, OutliveWhoMadeThePool) {
  Labels pooled;
  Labels part;
  {
    const TextPool::Handle pool = TextPool::Make();
    pooled = Labels({{"__name__", "up"}, {"job", "node"}}).Pooled(*pool);
    part = pooled.Without("__name__");
  }
  EXPECT_EQ(pooled.ToString(), "up{job=\"node\"}");
  pooled = Labels();
  EXPECT_EQ(part.ToString(), "{job=\"node\"}");
}

TEST(PooledLabels, GiveTheirTextsBack) {
  const TextPool::Handle pool = TextPool::Make();
  const TextPool::Place kept = pool->Take("job");
  { const Labels pooled = Labels({{"job", "a-value"}}).Pooled(*pool); }
  const size_t before = pool->memory();
  EXPECT_EQ(TextOf(*pool, kept), "job");
  { const Labels pooled = Labels({{"job", "b-value"}}).Pooled(*pool); }
  EXPECT_EQ(pool->memory(), before);
}

}  // namespace
}  // namespace tocsin::model
