#include "alerting/remote/protobuf.h"

#include <vector>

#include <gtest/gtest.h>

namespace tocsin::remote {
namespace {

std::vector<Field> FieldsOf(std::string_view message, bool& malformed) {
  std::vector<Field> fields;
  MessageReader reader(message);
  for (Field field; reader.Next(field);) fields.push_back(field);
  malformed = reader.malformed();
  return fields;
}

bool Malformed(std::string_view message) {
  bool malformed = false;
  FieldsOf(message, malformed);
  return malformed;
}

TEST(Protobuf, ReadsWhatItWrites) {
  std::string message;
  AppendVarintField(message, 1, 0);
  AppendVarintField(message, 2, static_cast<uint64_t>(int64_t{-1}));
  AppendBytesField(message, 16, "text");
  AppendDoubleField(message, 3, -0.5);
  bool malformed = true;
  const std::vector<Field> fields = FieldsOf(message, malformed);
  EXPECT_FALSE(malformed);
  ASSERT_EQ(fields.size(), 4U);
  EXPECT_EQ(fields[0].AsInt64(), 0);
  EXPECT_EQ(fields[1].AsInt64(), -1);
  EXPECT_EQ(fields[2].number, 16U);
  EXPECT_EQ(fields[2].bytes, "text");
  EXPECT_EQ(fields[3].AsDouble(), -0.5);
}

TEST(Protobuf, PassesFixed32) {
  bool malformed = true;
  const std::vector<Field> fields = FieldsOf(std::string_view("\x0d\x01\x00\x00\x00", 5), malformed);
  ASSERT_EQ(fields.size(), 1U);
  EXPECT_EQ(fields[0].number_value, 1U);
  EXPECT_FALSE(malformed);
}

TEST(Protobuf, NoticesWhatEndsTooEarly) {
  EXPECT_FALSE(Malformed(""));
  EXPECT_TRUE(Malformed("\x08"));                                              // a key without its number
  EXPECT_TRUE(Malformed("\x08\xff"));                                          // a number that goes on
  EXPECT_TRUE(Malformed("\x0a\x05only"));                                      // five bytes said, four there
  EXPECT_TRUE(Malformed("\x09\x01\x01"));                                      // a double of two bytes
  EXPECT_TRUE(Malformed("\x0d\x01"));                                          // four bytes said, one there
  EXPECT_TRUE(Malformed("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));  // eleven bytes of number
}

TEST(Protobuf, RefusesFieldZeroAndGroups) {
  EXPECT_TRUE(Malformed(std::string_view("\x00\x01", 2)));
  EXPECT_TRUE(Malformed("\x0b"));
}

}  // namespace
}  // namespace tocsin::remote
