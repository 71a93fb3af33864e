#include "alerting/store/codec.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>

#include "alerting/model/sample.h"
#include "alerting/store/chunk.h"
#include "alerting/store/crc32c.h"
#include "alerting/store/record.h"

namespace tocsin::store {
namespace {

std::vector<uint64_t> Bits(const std::vector<double>& values) {
  std::vector<uint64_t> bits;
  bits.reserve(values.size());
  for (const double value : values) bits.push_back(std::bit_cast<uint64_t>(value));
  return bits;
}

/// Encodes in blocks, as the head does, and reads everything back.
Columns ThroughCodec(const Columns& in, size_t* bytes_used = nullptr) {
  EncoderState state;
  state.encoding = EncodingFor(in.values);
  std::string bytes;
  for (size_t from = 0; from < in.size(); from += EncoderState::kBlock) {
    const size_t count = std::min(EncoderState::kBlock, in.size() - from);
    Encode(state, std::span(in.times).subspan(from, count), std::span(in.values).subspan(from, count), bytes);
  }
  Columns out;
  out.times.resize(in.size());
  out.values.resize(in.size());
  EXPECT_TRUE(Decode(bytes, state.encoding, in.size(), out.times.data(), out.values.data()));
  EXPECT_FALSE(Decode(std::string_view(bytes).substr(0, bytes.size() / 2), state.encoding, in.size(),
                      std::vector<int64_t>(in.size()).data(), std::vector<double>(in.size()).data()));
  if (bytes_used != nullptr) *bytes_used = bytes.size();
  return out;
}

TEST(Codec, KeepsEveryBitOfAnyValueAndTime) {
  Columns in;
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  in.times = {kMin, -5, 0, 1, 1'700'000'000'000, 1'700'000'000'001, kMax - 1, kMax};
  in.values = {0.0,
               -0.0,
               model::StaleNan(),
               model::NormalNan(),
               std::numeric_limits<double>::infinity(),
               std::numeric_limits<double>::denorm_min(),
               -1.0 / 3,
               std::numeric_limits<double>::max()};
  const Columns out = ThroughCodec(in);
  EXPECT_EQ(out.times, in.times);
  EXPECT_EQ(Bits(out.values), Bits(in.values));
}

TEST(Codec, GivesBackWhatRandomSeriesPutIn) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    Columns in;
    int64_t time = static_cast<int64_t>(random() % 2'000'000'000'000);
    double value = 0;
    const uint64_t kind = random() % 4;
    const size_t count = 1 + random() % 260;
    for (size_t i = 0; i < count; ++i) {
      time += 1 + static_cast<int64_t>(random() % (kind == 0 ? 3 : 100'000));
      if (kind == 0) value += static_cast<double>(random() % 1000);
      if (kind == 1) value = static_cast<double>(random() % 100) / 7;
      if (kind == 2) value = std::bit_cast<double>(random());
      if (kind == 3) value = static_cast<double>(static_cast<int64_t>(random() >> 10)) - 9e15;
      in.times.push_back(time);
      in.values.push_back(value);
    }
    const Columns out = ThroughCodec(in);
    ASSERT_EQ(out.times, in.times) << "round " << round;
    ASSERT_EQ(Bits(out.values), Bits(in.values)) << "round " << round;
  }
}

TEST(Codec, TakesLittleForACounterThatIsScrapedEvenly) {
  Columns in;
  for (int i = 0; i < 240; ++i) {
    in.times.push_back(1'700'000'000'000 + int64_t{i} * 5000);
    in.values.push_back(i * 3.0);
  }
  size_t bytes = 0;
  ThroughCodec(in, &bytes);
  EXPECT_LT(bytes, 240U / 2);
}

TEST(Codec, ReadsAnyBytesSafely) {
  std::mt19937 random(3);
  std::vector<int64_t> times(300);
  std::vector<double> values(300);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 200, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    (void)Decode(bytes, round % 2 == 0 ? Encoding::kXor : Encoding::kInteger, 300, times.data(),
                 values.data());
  }
}

TEST(Codec, WholeNumbersAreThoseThatADoubleHoldsExactly) {
  EXPECT_TRUE(IsWhole(0.0));
  EXPECT_TRUE(IsWhole(-9007199254740992.0));
  EXPECT_FALSE(IsWhole(-0.0));
  EXPECT_FALSE(IsWhole(0.5));
  EXPECT_FALSE(IsWhole(9007199254740994.0));
  EXPECT_FALSE(IsWhole(model::StaleNan()));
  EXPECT_FALSE(IsWhole(std::numeric_limits<double>::infinity()));
}

TEST(Crc32c, IsCastagnolis) {
  // RFC 3720, B.4: 32 bytes of zeros, 32 ascending bytes.
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aaU);
  std::string ascending;
  for (char c = 0; c < 32; ++c) ascending.push_back(c);
  EXPECT_EQ(Crc32c(ascending), 0x46dd794eU);
  EXPECT_EQ(Crc32c(ascending.substr(5), Crc32c(ascending.substr(0, 5))), 0x46dd794eU);
}

TEST(SeriesSamples, GivesBackWhatWasAppendedWhateverTheMixture) {
  SeriesSamples samples;
  Columns expected;
  for (int64_t i = 0; i < 2000; ++i) {
    // Whole numbers with a fraction now and then, a gap of months, a stale marker.
    const int64_t time = i * 5000 + (i > 1000 ? 10'000'000'000 : 0);
    const double value = i == 777 ? model::StaleNan() : i % 100 == 50 ? 0.25 : static_cast<double>(i * 7);
    samples.Append(time, value);
    expected.times.push_back(time);
    expected.values.push_back(value);
    if (i == 1500) samples.Close(true);
  }
  std::vector<PackedChunk> chunks;
  Columns columns;
  samples.Chunks(kAllTime, chunks);
  Columns all;
  for (const PackedChunk& chunk : chunks) ASSERT_TRUE(DecodeInto(chunk, all));
  samples.CopyColumns(kAllTime, columns);
  EXPECT_GE(columns.size(), EncoderState::kBlock);
  all.times.insert(all.times.end(), columns.times.begin(), columns.times.end());
  all.values.insert(all.values.end(), columns.values.begin(), columns.values.end());
  EXPECT_EQ(all.times, expected.times);
  EXPECT_EQ(Bits(all.values), Bits(expected.values));
}

TEST(Record, KeepsSamplesBitByBitInFewBytes) {
  std::vector<PendingSample> in;
  for (SeriesId id = 1; id <= 100; ++id) in.push_back({id, 1'700'000'000'000, id * 1000.0});
  std::string payload;
  EncodeSamples(in, payload);
  EXPECT_LT(payload.size(), 100U * 5);
  in.push_back({7, -3, model::StaleNan()});
  in.push_back({4'000'000'000, std::numeric_limits<int64_t>::min(), -0.0});
  in.push_back({1, std::numeric_limits<int64_t>::max(), -9007199254740992.0});
  in.push_back({2, 5, 1.0 / 3});
  payload.clear();
  EncodeSamples(in, payload);
  std::vector<PendingSample> out;
  LogVisitor visitor;
  visitor.samples = [&](std::vector<PendingSample>& samples, bool) { out = samples; };
  ASSERT_TRUE(DecodeRecord(RecordType::kSamples, payload, visitor));
  ASSERT_EQ(out.size(), in.size());
  for (size_t i = 0; i < in.size(); ++i) {
    EXPECT_EQ(out[i].id, in[i].id);
    EXPECT_EQ(out[i].time, in[i].time);
    EXPECT_EQ(std::bit_cast<uint64_t>(out[i].value), std::bit_cast<uint64_t>(in[i].value)) << i;
  }
  EXPECT_FALSE(DecodeRecord(RecordType::kSamples, payload.substr(0, payload.size() - 1), visitor));
}

TEST(Record, KeepsSeriesWithEachTextOnce) {
  SeriesEncoder encoder;
  const model::Labels one{{"__name__", "up"}, {"job", "a job with a long name"}};
  const model::Labels two{{"__name__", "down"}, {"job", "a job with a long name"}};
  encoder.Add(9, one);
  const size_t after_one = SeriesEncoder(encoder).Take().size();
  encoder.Add(3, two);
  const std::string payload = encoder.Take();
  EXPECT_LT(payload.size(), after_one + 14);
  std::vector<std::pair<SeriesId, model::Labels>> out;
  LogVisitor visitor;
  visitor.series = [&](SeriesId id, const model::Labels& labels) { out.emplace_back(id, labels); };
  ASSERT_TRUE(DecodeRecord(RecordType::kSeries, payload, visitor));
  EXPECT_THAT(out, testing::ElementsAre(testing::Pair(9U, one), testing::Pair(3U, two)));
}

}  // namespace
}  // namespace tocsin::store
