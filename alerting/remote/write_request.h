// The body of remote write 1.0: prometheus.WriteRequest, and snappy around it.
// https://prometheus.io/docs/specs/prw/remote_write_spec/
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alerting/model/labels.h"
#include "alerting/model/sample.h"
#include "alerting/remote/protobuf.h"
#include "base/error.h"

namespace tocsin::remote {

/// Out of snappy's block format. kInvalidArgument for what is no snappy, or would be more than `most` bytes,
/// before any of it is written.
Result<std::string> Unpack(std::string_view packed, size_t most);
std::string Pack(std::string_view message);

struct TimeSample {
  int64_t timestamp = 0;  ///< milliseconds
  double value = 0;       ///< its bits are kept: a stale marker and every NaN
};

/// One series of a request. Views into the request; the samples are read as they are asked for, so that a
/// request costs no more memory than it has bytes.
class WrittenSeries {
 public:
  /// False when the message is malformed.
  bool Read(std::string_view message);

  /// As they stand in the request.
  std::span<const std::pair<std::string_view, std::string_view>> labels() const { return labels_; }
  /// Sorted. kInvalidArgument, in words of its own, for what no series can have: no metric name, a label
  /// twice, a name or a value that is no UTF-8, too many labels.
  Result<model::Labels> MakeLabels() const;
  size_t samples() const { return samples_; }
  size_t exemplars() const { return exemplars_; }
  size_t histograms() const { return histograms_; }
  /// Calls `visit` with each TimeSample in the request's order.
  template <typename Visit>
  void ForEachSample(Visit visit) const {
    MessageReader reader(message_);
    for (Field field; reader.Next(field);) {
      if (TimeSample sample; field.number == kSamples && ReadSample(field, sample)) visit(sample);
    }
  }

 private:
  static constexpr uint32_t kSamples = 2;
  static bool ReadSample(const Field& field, TimeSample& sample);
  bool ReadLabel(const Field& field);

  std::string_view message_;
  std::vector<std::pair<std::string_view, std::string_view>> labels_;
  size_t samples_ = 0;
  size_t exemplars_ = 0;
  size_t histograms_ = 0;
  bool too_many_labels_ = false;
};

/// Goes through a request series by series.
class WriteRequestReader {
 public:
  explicit WriteRequestReader(std::string_view request) : reader_(request) {}

  /// False at the end, or where the request is malformed. `series` is used again, so that its memory is.
  bool Next(WrittenSeries& series);
  bool malformed() const { return malformed_ || reader_.malformed(); }
  size_t metadata() const { return metadata_; }  ///< entries passed so far

 private:
  MessageReader reader_;
  size_t metadata_ = 0;
  bool malformed_ = false;
};

/// Adds a series to a request that is being written.
void AppendSeries(std::string& request, const model::Labels& labels, std::span<const TimeSample> samples);

}  // namespace tocsin::remote
