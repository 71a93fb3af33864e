// The embedded store: series and their samples, for as long as the retention says. The newest are in memory,
// with the index of all series; with a folder, the older ones are in mapped segment files, and a write-ahead
// log brings back after a kill what memory had.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "alerting/model/appender.h"
#include "alerting/model/series_source.h"
#include "alerting/model/series_stream.h"
#include "alerting/store/backfill.h"
#include "alerting/store/disk.h"
#include "alerting/store/head.h"
#include "base/clock.h"

namespace tocsin::store {

struct StoreOptions {
  Duration retention = std::chrono::hours(24 * 15);  ///< what Upkeep() keeps
  size_t max_series = 1'000'000;                     ///< a new series beyond it is refused
};

/// Counters since the start; gauges as of now.
struct StoreStats {
  size_t series = 0;
  size_t label_pairs = 0;
  size_t memory_bytes = 0;  ///< of the index and the samples in memory, as of the last Upkeep()
  uint64_t series_created = 0;
  uint64_t series_removed = 0;
  uint64_t samples_appended = 0;
  uint64_t samples_backfilled = 0;  ///< that were older than their series' newest
  uint64_t samples_dropped = 0;     ///< by the retention
  uint64_t out_of_order = 0;
  uint64_t duplicates = 0;
  uint64_t series_refused = 0;  ///< appends that the bound on series turned away
  bool on_disk = false;         ///< whether `disk` tells anything
  DiskStats disk;
};

/// Thread safe. A reader sees each committed batch whole or not at all; what it selected stays as it was,
/// whatever is appended or dropped afterwards. Samples of a series come in the order of time: an older one
/// is "out of order sample", the newest time with another value "duplicate sample for timestamp"; with the
/// same value it is taken without effect. Native histograms are kUnsupported.
class Store : public model::SeriesSource,
              public model::SeriesStream,
              public model::LabelSource,
              public model::Appendable {
 public:
  /// In memory alone.
  explicit Store(StoreOptions options = {});
  /// In a folder, which it locks. Until Load() has ended, whatever is asked or appended is kUnavailable.
  /// `clock` tells how old backfill is, and outlives the store.
  static Result<std::unique_ptr<Store>> Open(StoreOptions options, DiskOptions disk, const Clock& clock,
                                             Logger log);
  ~Store() override;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Reads what the folder has; once, and nothing to do without a folder.
  Status Load();

  /// Within a batch, samples are compared with what is committed; one that another writer or an earlier
  /// sample of the batch has overtaken is dropped at Commit() and counted.
  /// Commit() returns when the samples are as safe as the log was told to make them: with SyncMode::kAlways
  /// on disk. kIo then: they are in memory and answer queries, but the disk refused them for now.
  std::unique_ptr<model::Appender> MakeAppender() override;
  /// For imports: its appenders also take samples that are older than their series' newest, in any order, as
  /// far back as the retention goes (kInvalidArgument beyond it). Where a time has a sample already, the
  /// first stays.
  model::Appendable& backfill() { return late_; }

  Result<std::vector<model::Series>> Select(const model::Matchers& matchers, model::TimeRange range,
                                            std::stop_token stop) const override;
  Status ForEach(const model::Matchers& matchers, model::TimeRange range, const std::stop_token& stop,
                 const std::function<Status(const model::SeriesView&)>& visit) const override;

  /// A series on disk counts as having a sample in the range when one of its chunks reaches into it.
  Result<std::vector<model::Labels>> SeriesLabels(const std::vector<model::Matchers>& any_of,
                                                  model::TimeRange range, size_t limit) const override;
  Result<std::vector<std::string>> LabelNames(const std::vector<model::Matchers>& any_of,
                                              model::TimeRange range, size_t limit) const override;
  Result<std::vector<std::string>> LabelValues(const std::string& name,
                                               const std::vector<model::Matchers>& any_of,
                                               model::TimeRange range, size_t limit) const override;

  /// Drops what lies before `now` - retention, and series that then have no sample; with a folder, seals and
  /// merges when it is time. The owner calls it every few seconds, from one thread at a time; it may write
  /// for a while.
  void Upkeep(Timestamp now);
  /// With a folder: moves what it can from memory to segment files now.
  Status Seal(Timestamp now);

  StoreStats stats() const;
  /// Walks over all series.
  Head::Contents head_contents() const { return head_.contents(); }

 private:
  class Batch;
  class BackfillBatch;
  class Late final : public model::Appendable {
   public:
    explicit Late(Store& store) : store_(store) {}
    std::unique_ptr<model::Appender> MakeAppender() override;

   private:
    Store& store_;
  };
  Store(StoreOptions options, std::unique_ptr<Disk> disk, const Clock& clock);
  Status CheckLoaded() const;
  Result<std::vector<model::Labels>> MatchingLabels(const std::vector<model::Matchers>& any_of,
                                                    model::TimeRange range) const;

  const StoreOptions options_;
  const std::unique_ptr<Disk> disk_;  ///< null: in memory alone
  const Clock* const clock_;          ///< null with it
  Head head_;
  Backfill backfill_;
  Late late_{*this};
  std::atomic<bool> loaded_;
  std::atomic<size_t> memory_{0};
  int64_t next_drop_;  ///< Upkeep()'s own
};

}  // namespace tocsin::store
