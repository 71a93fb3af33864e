#include "alerting/remote/write_request.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <snappy.h>

namespace tocsin::remote {
namespace {

// Field numbers of prometheus/prompb's types.proto and remote.proto.
namespace request_field {
constexpr uint32_t kTimeSeries = 1;
constexpr uint32_t kMetadata = 3;
}  // namespace request_field
namespace series_field {
constexpr uint32_t kLabels = 1;
constexpr uint32_t kSamples = 2;
constexpr uint32_t kExemplars = 3;
constexpr uint32_t kHistograms = 4;
}  // namespace series_field
namespace label_field {
constexpr uint32_t kName = 1;
constexpr uint32_t kValue = 2;
}  // namespace label_field
namespace sample_field {
constexpr uint32_t kValue = 1;
constexpr uint32_t kTimestamp = 2;
}  // namespace sample_field

constexpr size_t kMostLabels = 512;

}  // namespace

Result<std::string> Unpack(std::string_view packed, size_t most) {
  size_t size = 0;
  if (!snappy::GetUncompressedLength(packed.data(), packed.size(), &size)) {
    return Fail(ErrorCode::kInvalidArgument, "the body is not compressed with snappy");
  }
  if (size > most) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the body has {} bytes decompressed; at most {} are taken", size, most));
  }
  if (!snappy::IsValidCompressedBuffer(packed.data(), packed.size())) {
    return Fail(ErrorCode::kInvalidArgument, "the body's snappy is corrupt");
  }
  std::string message;
  snappy::Uncompress(packed.data(), packed.size(), &message);
  return message;
}

std::string Pack(std::string_view message) {
  std::string packed;
  snappy::Compress(message.data(), message.size(), &packed);
  return packed;
}

bool WrittenSeries::ReadLabel(const Field& field) {
  std::pair<std::string_view, std::string_view> label;
  MessageReader reader(field.bytes);
  for (Field part; reader.Next(part);) {
    if (part.number != label_field::kName && part.number != label_field::kValue) continue;
    if (part.type != WireType::kBytes) return false;
    (part.number == label_field::kName ? label.first : label.second) = part.bytes;
  }
  if (labels_.size() < kMostLabels) {
    labels_.push_back(label);
  } else {
    too_many_labels_ = true;
  }
  return !reader.malformed();
}

bool WrittenSeries::ReadSample(const Field& field, TimeSample& sample) {
  MessageReader reader(field.bytes);
  for (Field part; reader.Next(part);) {
    if (part.number == sample_field::kValue) {
      if (part.type != WireType::kFixed64) return false;
      sample.value = part.AsDouble();
    } else if (part.number == sample_field::kTimestamp) {
      if (part.type != WireType::kVarint) return false;
      sample.timestamp = part.AsInt64();
    }
  }
  return !reader.malformed();
}

bool WrittenSeries::Read(std::string_view message) {
  message_ = message;
  labels_.clear();
  samples_ = exemplars_ = histograms_ = 0;
  too_many_labels_ = false;
  MessageReader reader(message);
  for (Field field; reader.Next(field);) {
    if (field.number < series_field::kLabels || field.number > series_field::kHistograms) continue;
    if (field.type != WireType::kBytes) return false;
    TimeSample sample;
    if (field.number == series_field::kLabels && !ReadLabel(field)) return false;
    if (field.number == series_field::kSamples && !ReadSample(field, sample)) return false;
    samples_ += field.number == series_field::kSamples ? 1 : 0;
    exemplars_ += field.number == series_field::kExemplars ? 1 : 0;
    histograms_ += field.number == series_field::kHistograms ? 1 : 0;
  }
  return !reader.malformed();
}

Result<model::Labels> WrittenSeries::MakeLabels() const {
  const auto refuse = [](std::string message) {
    return Fail(ErrorCode::kInvalidArgument, std::move(message));
  };
  if (too_many_labels_) return refuse(fmt::format("a series has more than {} labels", kMostLabels));
  std::vector<model::Label> labels;
  labels.reserve(labels_.size());
  for (const auto& [name, value] : labels_) {
    if (!model::IsUtf8Name(name)) return refuse(fmt::format("invalid label name {}", model::Quote(name)));
    if (!value.empty() && !model::IsUtf8Name(value)) {
      return refuse(fmt::format("the value of label {} is not UTF-8", model::Quote(name)));
    }
    labels.push_back({std::string(name), std::string(value)});
  }
  std::sort(labels.begin(), labels.end());
  const auto twice = std::adjacent_find(labels.begin(), labels.end(),
                                        [](const auto& a, const auto& b) { return a.name == b.name; });
  if (twice != labels.end()) {
    return refuse(fmt::format("label {} is there more than once", model::Quote(twice->name)));
  }
  model::Labels made(labels);
  if (made.metric_name().empty()) return refuse("a series has no metric name: " + made.ToString());
  return made;
}

bool WriteRequestReader::Next(WrittenSeries& series) {
  for (Field field; reader_.Next(field);) {
    if (field.number == request_field::kMetadata) ++metadata_;
    if (field.number != request_field::kTimeSeries) continue;
    malformed_ = field.type != WireType::kBytes || !series.Read(field.bytes);
    return !malformed_;
  }
  return false;
}

void AppendSeries(std::string& request, const model::Labels& labels, std::span<const TimeSample> samples) {
  std::string series;
  std::string part;
  for (const model::LabelView label : labels) {
    part.clear();
    AppendBytesField(part, label_field::kName, label.name);
    AppendBytesField(part, label_field::kValue, label.value);
    AppendBytesField(series, series_field::kLabels, part);
  }
  for (const TimeSample& sample : samples) {
    part.clear();
    AppendDoubleField(part, sample_field::kValue, sample.value);
    AppendVarintField(part, sample_field::kTimestamp, static_cast<uint64_t>(sample.timestamp));
    AppendBytesField(series, series_field::kSamples, part);
  }
  AppendBytesField(request, request_field::kTimeSeries, series);
}

}  // namespace tocsin::remote
