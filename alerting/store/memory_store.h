// The embedded store: series and their samples in memory, for as long as the retention says.
#pragma once

#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "alerting/model/appender.h"
#include "alerting/model/series_source.h"
#include "alerting/store/chunk.h"
#include "alerting/store/index.h"

namespace tocsin::store {

struct StoreOptions {
  Duration retention = std::chrono::hours(24 * 15);  ///< what Truncate() keeps
  size_t max_series = 1'000'000;                     ///< a new series beyond it is refused
};

/// Counters since the start; gauges as of now.
struct StoreStats {
  size_t series = 0;
  uint64_t series_created = 0;
  uint64_t series_removed = 0;
  uint64_t samples_appended = 0;
  uint64_t samples_dropped = 0;  ///< by the retention
  uint64_t out_of_order = 0;
  uint64_t duplicates = 0;
  uint64_t series_refused = 0;  ///< appends that the bound on series turned away
};

/// Thread safe. A reader sees each committed batch whole or not at all; what it selected stays as it was,
/// whatever is appended or dropped afterwards. Samples of a series come in the order of time: an older one
/// is "out of order sample", the newest time with another value "duplicate sample for timestamp"; with the
/// same value it is taken without effect. Native histograms are kUnsupported.
class MemoryStore final : public model::SeriesSource, public model::LabelSource, public model::Appendable {
 public:
  explicit MemoryStore(StoreOptions options = {});
  ~MemoryStore() override;
  MemoryStore(const MemoryStore&) = delete;
  MemoryStore& operator=(const MemoryStore&) = delete;

  /// Within a batch, samples are compared with what is committed; one that another writer or an earlier
  /// sample of the batch has overtaken is dropped at Commit() and counted.
  std::unique_ptr<model::Appender> MakeAppender() override;

  Result<std::vector<model::Series>> Select(const model::Matchers& matchers, model::TimeRange range,
                                            std::stop_token stop) const override;

  Result<std::vector<model::Labels>> SeriesLabels(const std::vector<model::Matchers>& any_of,
                                                  model::TimeRange range, size_t limit) const override;
  Result<std::vector<std::string>> LabelNames(const std::vector<model::Matchers>& any_of,
                                              model::TimeRange range, size_t limit) const override;
  Result<std::vector<std::string>> LabelValues(const std::string& name,
                                               const std::vector<model::Matchers>& any_of,
                                               model::TimeRange range, size_t limit) const override;

  /// Drops chunks that lie wholly before `now` - retention, and series that then have no sample. The owner
  /// calls it now and then; a minute apart is enough.
  void Truncate(Timestamp now);

  StoreStats stats() const;

 private:
  class Batch;
  struct PendingSample {
    model::SeriesRef ref;
    int64_t timestamp;
    double value;
  };

  Result<model::SeriesRef> Resolve(model::SeriesRef ref, const model::Labels& labels, int64_t timestamp,
                                   double value);
  Result<model::SeriesRef> Create(const model::Labels& labels);
  Status CheckOrder(model::SeriesRef ref, int64_t timestamp, double value);
  void CommitSamples(const std::vector<PendingSample>& samples);
  std::vector<model::Labels> MatchingLabels(const std::vector<model::Matchers>& any_of,
                                            model::TimeRange range) const;

  const StoreOptions options_;
  mutable std::shared_mutex mutex_;  // guards everything below
  Index index_;
  std::unordered_map<model::SeriesRef, ChunkList> samples_;
  model::SeriesRef last_ref_ = 0;
  struct Counters;
  std::unique_ptr<Counters> counters_;
};

}  // namespace tocsin::store
