#include "alerting/remote/write_request.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::remote {
namespace {

using ::testing::HasSubstr;

constexpr size_t kPlenty = 1 << 20;

/// A series out of label pairs as they stand, sorted or not.
std::string SeriesOf(std::initializer_list<std::pair<std::string_view, std::string_view>> labels) {
  std::string series;
  for (const auto& [name, value] : labels) {
    std::string label;
    AppendBytesField(label, 1, name);
    AppendBytesField(label, 2, value);
    AppendBytesField(series, 1, label);
  }
  return series;
}

std::string FaultOf(std::initializer_list<std::pair<std::string_view, std::string_view>> labels) {
  const std::string message = SeriesOf(labels);
  WrittenSeries series;
  if (!series.Read(message)) return "malformed";
  const auto made = series.MakeLabels();
  return made ? made->ToString() : made.error().message();
}

TEST(WriteRequest, ReadsWhatItWrites) {
  const model::Labels labels{{"__name__", "up"}, {"job", "x"}};
  const std::array<TimeSample, 2> samples{TimeSample{-5, 1.5},
                                          TimeSample{1'700'000'000'000, model::StaleNan()}};
  std::string request;
  AppendSeries(request, labels, samples);
  AppendSeries(request, model::Labels{{"__name__", "b"}}, {});
  WriteRequestReader reader(request);
  WrittenSeries series;
  ASSERT_TRUE(reader.Next(series));
  EXPECT_EQ(series.MakeLabels(), labels);
  std::vector<TimeSample> read;
  series.ForEachSample([&](const TimeSample& sample) { read.push_back(sample); });
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].timestamp, -5);
  EXPECT_EQ(read[0].value, 1.5);
  EXPECT_TRUE(model::IsStaleNan(read[1].value));
  ASSERT_TRUE(reader.Next(series));
  EXPECT_EQ(series.samples(), 0U);
  EXPECT_FALSE(reader.Next(series));
  EXPECT_FALSE(reader.malformed());
}

TEST(WriteRequest, CountsWhatItDoesNotRead) {
  std::string series = SeriesOf({{"__name__", "a"}});
  AppendBytesField(series, 3, "");
  AppendBytesField(series, 4, "");
  AppendBytesField(series, 4, "");
  std::string request;
  AppendBytesField(request, 3, "");
  AppendBytesField(request, 1, series);
  WriteRequestReader reader(request);
  WrittenSeries read;
  ASSERT_TRUE(reader.Next(read));
  EXPECT_EQ(read.exemplars(), 1U);
  EXPECT_EQ(read.histograms(), 2U);
  EXPECT_EQ(reader.metadata(), 1U);
}

TEST(WriteRequest, RefusesLabelsThatNoSeriesCanHave) {
  EXPECT_EQ(FaultOf({{"job", "x"}, {"__name__", "up"}}), "up{job=\"x\"}");
  EXPECT_EQ(FaultOf({{"__name__", "a.b"}, {"caf\xc3\xa9", "x"}}), "{\"a.b\", \"caf\xc3\xa9\"=\"x\"}");
  EXPECT_THAT(FaultOf({{"job", "x"}}), HasSubstr("no metric name"));
  EXPECT_THAT(FaultOf({{"__name__", "a"}, {"", "x"}}), HasSubstr("invalid label name \"\""));
  EXPECT_THAT(FaultOf({{"__name__", "a"}, {"x", "\xff"}}),
              HasSubstr("the value of label \"x\" is not UTF-8"));
  EXPECT_THAT(FaultOf({{"__name__", "a"}, {"x", "1"}, {"x", "2"}}),
              HasSubstr("label \"x\" is there more than once"));
}

TEST(WriteRequest, BoundsTheLabelsOfASeries) {
  std::string series = SeriesOf({{"__name__", "a"}});
  for (int i = 0; i < 600; ++i) series += SeriesOf({{"l" + std::to_string(i), "x"}});
  WrittenSeries read;
  ASSERT_TRUE(read.Read(series));
  EXPECT_THAT(read.MakeLabels().error().message(), HasSubstr("more than 512 labels"));
}

TEST(WriteRequest, NoticesWhatIsMalformed) {
  WrittenSeries series;
  for (std::string_view request :
       {"\x0a\x02\x0a\x05", "\x08\x01", "\x0a\x02\x12", "\x0a\x04\x12\x02\x08\x01"}) {
    WriteRequestReader reader(request);
    while (reader.Next(series)) continue;
    EXPECT_TRUE(reader.malformed()) << testing::PrintToString(request);
  }
}

TEST(Snappy, UnpacksWhatItPacksUpToALimit) {
  const std::string text(5000, 'x');
  const std::string packed = Pack(text);
  EXPECT_LT(packed.size(), 500U);
  EXPECT_EQ(Unpack(packed, kPlenty), text);
  EXPECT_THAT(Unpack(packed, 4999).error().message(), HasSubstr("5000 bytes decompressed; at most 4999"));
  EXPECT_THAT(Unpack("", kPlenty).error().message(), HasSubstr("not compressed with snappy"));
  EXPECT_THAT(Unpack(packed.substr(0, packed.size() - 1), kPlenty).error().message(), HasSubstr("corrupt"));
}

}  // namespace
}  // namespace tocsin::remote
