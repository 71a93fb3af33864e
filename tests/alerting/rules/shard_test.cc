#include "alerting/rules/shard.h"

#include <gtest/gtest.h>

namespace tocsin::rules {
namespace {

TEST(Shard, EachGroupIsInExactlyOnePart) {
  for (const uint64_t count : {1U, 2U, 3U, 7U}) {
    std::vector<int> sizes(count, 0);
    for (int i = 0; i < 700; ++i) {
      const std::string group = "group" + std::to_string(i);
      int owners = 0;
      for (uint64_t index = 1; index <= count; ++index) {
        if (!Shard{index, count}.Has("rules.yml", group)) continue;
        ++owners;
        ++sizes[index - 1];
      }
      EXPECT_EQ(owners, 1) << group;
    }
    for (const int size : sizes) EXPECT_GT(size, 700 / static_cast<int>(count) / 2);
  }
}

TEST(Shard, IsTheSameOnEveryMachine) {
  EXPECT_TRUE((Shard{2, 2}.Has("rules.yml", "node")));
  EXPECT_FALSE((Shard{1, 2}.Has("rules.yml", "nginx")));
}

TEST(Shard, IsReadStrictly) {
  EXPECT_EQ(Shard::Parse("2/3")->index, 2U);
  EXPECT_EQ(Shard::Parse("2/3")->count, 3U);
  for (const char* bad : {"", "1", "0/2", "3/2", "1/0", "a/b", "1/2/3", "1 / 2", "-1/2"}) {
    EXPECT_FALSE(Shard::Parse(bad)) << bad;
  }
}

}  // namespace
}  // namespace tocsin::rules
