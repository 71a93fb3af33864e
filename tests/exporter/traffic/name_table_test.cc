#include "exporter/traffic/name_table.h"

#include <gtest/gtest.h>

namespace tocsin::traffic {
namespace {

TEST(NameTable, GivesEachNameOneId) {
  NameTable table;
  const auto blue = table.Add("blue");
  const auto green = table.Add("green");
  EXPECT_NE(blue, green);
  EXPECT_EQ(table.Add("blue"), blue);
  EXPECT_EQ(table.Name(green), "green");
  EXPECT_EQ(table.Add("other"), NameTable::kOther);
  EXPECT_EQ(table.Add(""), NameTable::kAbsent);
}

TEST(NameTable, FindsWithoutAdding) {
  NameTable table;
  NameTable::Id id = 0;
  EXPECT_FALSE(table.Find("blue", id));
  EXPECT_FALSE(table.Find("blue", id));
  const auto blue = table.Add("blue");
  for (int i = 0; i < 10; ++i) table.Add("name" + std::to_string(i));  // out of what was seen lately
  ASSERT_TRUE(table.Find("blue", id));
  EXPECT_EQ(id, blue);
}

TEST(NameTable, NamesThatComeToTheSameLabelAreOne) {
  NameTable table;
  const auto first = table.Add(
      "bl\xff"
      "ue");
  EXPECT_EQ(table.Add("bl\xfe"
                      "ue"),
            first);
  EXPECT_EQ(table.Add("bl\xEF\xBF\xBDue"), first);
}

TEST(ToLabelValue, IsAlwaysUtf8AndShort) {
  EXPECT_EQ(ToLabelValue("grün-\xF0\x9F\x98\x80"), "grün-\xF0\x9F\x98\x80");
  EXPECT_EQ(ToLabelValue("\xC3"), "\xEF\xBF\xBD");
  EXPECT_EQ(ToLabelValue("\xC0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD") << "overlong";
  EXPECT_EQ(ToLabelValue("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD") << "half a surrogate pair";
  EXPECT_EQ(ToLabelValue(std::string(5000, 'x')).size(), 200U);
}

}  // namespace
}  // namespace tocsin::traffic
