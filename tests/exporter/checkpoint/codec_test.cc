#include "exporter/checkpoint/codec.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace tocsin::checkpoint {
namespace {

constexpr auto kMost = std::numeric_limits<uint64_t>::max();

TEST(CheckpointCodec, GivesBackWhatWasWritten) {
  Writer writer;
  for (const uint64_t value : {uint64_t{0}, uint64_t{127}, uint64_t{128}, uint64_t{1} << 63, kMost}) {
    writer.Int(value);
  }
  for (const int64_t value :
       {int64_t{0}, int64_t{-1}, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    writer.SignedInt(value);
  }
  writer.Bool(true);
  writer.Double(-0.1);
  writer.Double(std::nan(""));
  writer.Text(std::string_view("a\0b", 3));
  writer.Text("");

  Reader reader(writer.bytes());
  for (const uint64_t value : {uint64_t{0}, uint64_t{127}, uint64_t{128}, uint64_t{1} << 63, kMost}) {
    EXPECT_EQ(reader.Int(), value);
  }
  for (const int64_t value :
       {int64_t{0}, int64_t{-1}, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    EXPECT_EQ(reader.SignedInt(), value);
  }
  EXPECT_TRUE(reader.Bool());
  EXPECT_EQ(reader.Double(), -0.1);
  EXPECT_TRUE(std::isnan(reader.Double()));
  EXPECT_EQ(reader.Text(), std::string_view("a\0b", 3));
  EXPECT_EQ(reader.Text(), "");
  EXPECT_TRUE(reader.Finish());
}

TEST(CheckpointCodec, SectionsHoldSections) {
  Writer writer;
  writer.Section("outer", 3, [&] {
    writer.Int(1);
    writer.Section("inner", 1, [&] { writer.Text("x"); });
    writer.Int(2);
  });
  writer.Section("next", 1, [] {});

  Reader reader(writer.bytes());
  EXPECT_EQ(reader.NextSection(), "outer");
  Reader outer = reader.Section("outer", 3);
  EXPECT_EQ(outer.version(), 3U);
  EXPECT_EQ(outer.Int(), 1U);
  Reader inner = outer.Section("inner", 1);
  EXPECT_EQ(inner.Text(), "x");
  EXPECT_TRUE(inner.Finish());
  EXPECT_EQ(outer.Int(), 2U);
  EXPECT_TRUE(outer.Finish());
  reader.SkipSection();
  EXPECT_EQ(reader.NextSection(), "");
  EXPECT_TRUE(reader.Finish());
}

TEST(CheckpointCodec, RefusesAnotherSectionAndALaterVersion) {
  Writer writer;
  writer.Section("pools", 2, [] {});
  Reader other(writer.bytes());
  EXPECT_FALSE(other.Section("windows", 2).ok());
  EXPECT_FALSE(other.ok());
  Reader older(writer.bytes());
  const Status status = older.Section("pools", 1).Finish();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message(), "section 'pools' is of a later version, 2");
}

TEST(CheckpointCodec, SaysWhereTheFaultIs) {
  Writer writer;
  writer.Section("a", 1, [&] { writer.Section("b", 1, [&] { writer.Int(1); }); });
  Reader reader(writer.bytes());
  Reader a = reader.Section("a", 1);
  Reader b = a.Section("b", 1);
  const Status unread = b.Finish();
  ASSERT_FALSE(unread);
  EXPECT_EQ(unread.error().message(), "a: b: holds more than was expected");
  EXPECT_TRUE(a.Finish()) << "a fault in a body does not touch what is around it";
}

TEST(CheckpointCodec, NeverReadsPastTheEndOfACutOff) {
  Writer writer;
  writer.Section("s", 1, [&] {
    writer.Int(kMost);
    writer.Double(1);
    writer.Text("text");
  });
  for (size_t size = 0; size < writer.bytes().size(); ++size) {
    const std::string cut = writer.bytes().substr(0, size);  // a copy, so that a sanitizer sees its end
    Reader reader(cut);
    Reader body = reader.Section("s", 1);
    body.Int();
    body.Double();
    EXPECT_EQ(body.Text(), "");
    EXPECT_FALSE(body.Finish()) << size;
  }
}

TEST(CheckpointCodec, BoundsWhatItAnnounces) {
  Writer writer;
  writer.Int(3);
  writer.Text("abcdefg");
  EXPECT_EQ(Reader(writer.bytes()).Count(2), 3U);
  Reader reader(writer.bytes());
  EXPECT_EQ(reader.Count(4), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(Reader("\x05").IntUpTo(5), 5U);
  EXPECT_EQ(Reader("\x06").IntUpTo(5), 0U);
}

TEST(CheckpointCodec, RefusesNumbersOverSixtyFourBits) {
  Reader reader("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02");
  EXPECT_EQ(reader.Int(), 0U);
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace tocsin::checkpoint
