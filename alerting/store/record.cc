// A sample is a byte that says what follows, then the difference of its series' number, of its time, and the
// value's bytes, as far as they are needed: five bytes for a usual counter.
#include "alerting/store/record.h"

#include <array>
#include <bit>
#include <cstring>
#include <utility>
#include <vector>

#include "alerting/store/codec.h"
#include "alerting/store/coding.h"

namespace tocsin::store {
namespace {

// The byte before a sample.
constexpr unsigned kNextSeries = 0x10;  // the number is that of the sample before plus one
constexpr unsigned kSameTime = 0x20;
constexpr unsigned kForm = 0x0f;  // 0: zero; 1 to 8: that many leading bytes of the double;
constexpr unsigned kWhole = 8;    // 9 to 15: a whole number in that many bytes less 8
constexpr size_t kMostSampleBytes = 1 + 2 * 10 + 8;

/// Writes the value behind `at`, and returns its form.
unsigned PutValue(double value, char*& at) {
  const auto bits = std::bit_cast<uint64_t>(value);
  if (bits == 0) return 0;
  const unsigned top = 8U - static_cast<unsigned>(std::countr_zero(bits)) / 8;
  if (IsWhole(value)) {
    const uint64_t whole = ZigZag(static_cast<int64_t>(value));
    const unsigned width = (71U - static_cast<unsigned>(std::countl_zero(whole))) / 8;
    if (width < top) {
      std::memcpy(at, &whole, sizeof(whole));
      at += width;
      return kWhole + width;
    }
  }
  const uint64_t leading = bits >> (64 - 8 * top);
  std::memcpy(at, &leading, sizeof(leading));
  at += top;
  return top;
}

double TakeValue(unsigned form, Reader& in) {
  if (form == 0) return 0;
  const unsigned width = form > kWhole ? form - kWhole : form;
  uint64_t raw = 0;
  const std::string_view bytes = in.Bytes(width);
  if (!in.ok()) return 0;
  std::memcpy(&raw, bytes.data(), bytes.size());
  if (form > kWhole) return static_cast<double>(UnZigZag(raw));
  return std::bit_cast<double>(raw << (64 - 8 * width));
}

char* PutVarintAt(uint64_t value, char* at) {
  for (; value >= 0x80; value >>= 7) *at++ = static_cast<char>(value | 0x80);
  *at++ = static_cast<char>(value);
  return at;
}

/// Numbers of series only count up to 32 bits.
bool IsSeriesId(int64_t number) { return number > 0 && number <= int64_t{0xffffffff}; }

bool DecodeSeries(Reader in, const LogVisitor& visitor) {
  std::vector<std::string_view> known;
  std::vector<std::pair<SeriesId, model::Labels>> all;
  auto text = [&]() -> std::string_view {
    const uint64_t which = in.Varint();
    if (which == 0) {
      known.push_back(in.Text());
      return known.back();
    }
    if (which > known.size()) {
      in.Bytes(in.left() + 1);  // makes it not ok
      return {};
    }
    return known[which - 1];
  };
  int64_t id = 0;
  while (in.ok() && in.left() > 0) {
    id = Sum(id, in.Signed());
    const uint64_t count = in.Varint();
    if (count > in.left()) return false;
    std::vector<model::LabelView> labels;
    labels.reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
      const std::string_view name = text();
      labels.emplace_back(name, text());
    }
    if (!in.ok() || !IsSeriesId(id)) return false;
    all.emplace_back(static_cast<SeriesId>(id), model::Labels(labels));
  }
  if (!in.ok()) return false;
  for (const auto& [number, labels] : all) visitor.series(number, labels);
  return true;
}

bool DecodeSamples(Reader in, bool backfill, const LogVisitor& visitor) {
  std::vector<PendingSample> samples;
  samples.reserve(in.left() / 4);
  int64_t id = 0;
  int64_t time = 0;
  while (in.left() > 0) {
    const unsigned lead = in.Fixed<uint8_t>();
    id = Sum(id, (lead & kNextSeries) != 0 ? 1 : in.Signed());
    if ((lead & kSameTime) == 0) time = Sum(time, in.Signed());
    const double value = TakeValue(lead & kForm, in);
    if (!in.ok() || !IsSeriesId(id)) return false;
    samples.push_back({static_cast<SeriesId>(id), time, value});
  }
  visitor.samples(samples, backfill);
  return true;
}

bool DecodeRemoved(Reader in, const LogVisitor& visitor) {
  SeriesIds ids;
  int64_t id = 0;
  while (in.left() > 0) {
    id = Sum(id, in.Signed());
    if (!in.ok() || !IsSeriesId(id)) return false;
    ids.push_back(static_cast<SeriesId>(id));
  }
  visitor.removed(ids);
  return true;
}

}  // namespace

void SeriesEncoder::PutShared(std::string_view text) {
  const auto [at, is_new] = known_.try_emplace(std::string(text), known_.size() + 1);
  PutVarint(body_, is_new ? 0 : at->second);
  if (is_new) PutText(body_, text);
}

void SeriesEncoder::Add(SeriesId id, const model::Labels& labels) {
  PutVarint(body_, ZigZag(int64_t{id} - last_));
  last_ = id;
  PutVarint(body_, labels.size());
  for (const model::LabelView label : labels) {
    PutShared(label.name);
    PutShared(label.value);
  }
  ++series_;
}

std::string SeriesEncoder::Take() {
  known_.clear();
  series_ = 0;
  last_ = 0;
  return std::exchange(body_, {});
}

void EncodeSamples(std::span<const PendingSample> samples, std::string& out) {
  // Piece by piece: room for the most that a large scrape could take would be megabytes, for a fifth of them.
  constexpr size_t kUsualSampleBytes = 5;
  out.reserve(out.size() + samples.size() * kUsualSampleBytes);
  std::array<char, 256 * kMostSampleBytes> piece{};
  const char* const full = piece.data() + piece.size() - kMostSampleBytes;
  char* at = piece.data();
  int64_t id = 0;
  int64_t time = 0;
  for (const PendingSample& sample : samples) {
    if (at > full) {
      out.append(piece.data(), at);
      at = piece.data();
    }
    char* const lead = at++;
    unsigned form = 0;
    if (sample.id == id + 1) {
      form |= kNextSeries;
    } else {
      at = PutVarintAt(ZigZag(sample.id - id), at);
    }
    id = sample.id;
    if (sample.time == time) {
      form |= kSameTime;
    } else {
      at = PutVarintAt(ZigZag(Difference(sample.time, time)), at);
    }
    time = sample.time;
    form |= PutValue(sample.value, at);
    *lead = static_cast<char>(form);
  }
  out.append(piece.data(), at);
}

void EncodeRemoved(const SeriesIds& ids, std::string& out) {
  int64_t last = 0;
  for (const SeriesId id : ids) {
    PutVarint(out, ZigZag(id - last));
    last = id;
  }
}

bool DecodeRecord(RecordType type, std::string_view payload, const LogVisitor& visitor) {
  const Reader in(payload);
  switch (type) {
    case RecordType::kSeries:
      return DecodeSeries(in, visitor);
    case RecordType::kSamples:
    case RecordType::kBackfill:
      return DecodeSamples(in, type == RecordType::kBackfill, visitor);
    case RecordType::kRemoved:
      return DecodeRemoved(in, visitor);
    case RecordType::kEnd:
      return payload.empty();
  }
  return false;
}

}  // namespace tocsin::store
