// What stands in a record of the write-ahead log: series, samples, backfill, removals. ARCHITECTURE.md
// describes the bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "alerting/model/labels.h"
#include "alerting/store/head.h"

namespace tocsin::store {

/// On disk; never renumbered.
enum class RecordType : uint8_t { kSeries = 1, kSamples = 2, kBackfill = 3, kRemoved = 4, kEnd = 5 };

/// Writes series into one payload, each text once.
class SeriesEncoder {
 public:
  void Add(SeriesId id, const model::Labels& labels);
  size_t series() const { return series_; }
  /// The payload; the encoder begins anew.
  std::string Take();

 private:
  void PutShared(std::string_view text);

  std::string body_;
  size_t series_ = 0;
  int64_t last_ = 0;
  std::unordered_map<std::string, uint64_t> known_;
};

/// Appends the payload of kSamples and kBackfill: every bit of a value is kept. Cheapest when series follow
/// each other by number and share their time.
void EncodeSamples(std::span<const PendingSample> samples, std::string& out);
/// Appends the payload of kRemoved.
void EncodeRemoved(const SeriesIds& ids, std::string& out);

/// What readers of a log call. `samples` is theirs to change.
struct LogVisitor {
  std::function<void(SeriesId, const model::Labels&)> series;
  std::function<void(std::vector<PendingSample>& samples, bool backfill)> samples;
  std::function<void(const SeriesIds&)> removed;
};

/// Calls the visitor for one record; false when the payload is malformed: then nothing of it was visited.
bool DecodeRecord(RecordType type, std::string_view payload, const LogVisitor& visitor);

}  // namespace tocsin::store
