// The newest samples of every series, and the index of all series that the store knows.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <vector>

#include "alerting/model/labels.h"
#include "alerting/model/matcher.h"
#include "alerting/store/chunk.h"
#include "alerting/store/index.h"
#include "alerting/store/paged_table.h"
#include "alerting/store/selections.h"
#include "base/error.h"

namespace tocsin::store {

struct PendingSample {
  SeriesId id = 0;
  int64_t time = 0;
  double value = 0;
};

/// Hears of every change, in the order in which it took effect, one call at a time, while writers wait: it
/// only notes what it is told.
class Journal {
 public:
  virtual ~Journal() = default;
  virtual void SeriesMade(SeriesId id, const model::Labels& labels) = 0;
  virtual void SeriesRemoved(const SeriesIds& ids) = 0;
  /// Of backfill the order of times does not matter.
  virtual void SamplesAdded(std::span<const PendingSample> samples, bool backfill) = 0;
};

/// How a sample stands to the newest of its series, by Prometheus' rules.
enum class SampleOrder { kNewer, kSame, kConflict, kOlder };

/// Thread safe. Takes each committed batch whole before a reader sees any of it.
class Head {
  struct Series {
    std::atomic<bool> live{false};
    std::atomic<int64_t> last_time{kNever};
    std::atomic<uint64_t> last_bits{0};
    SeriesSamples samples;
  };
  using Table = PagedTable<Series>;

 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

  struct Counters {
    std::atomic<uint64_t> series_created{0};
    std::atomic<uint64_t> series_removed{0};
    std::atomic<uint64_t> samples_appended{0};
    std::atomic<uint64_t> samples_dropped{0};
    std::atomic<uint64_t> out_of_order{0};
    std::atomic<uint64_t> duplicates{0};
    std::atomic<uint64_t> series_refused{0};
    std::atomic<uint64_t> samples_backfilled{0};
  };

  /// `journal` may be null; it outlives the head.
  Head(size_t max_series, Journal* journal) : max_series_(max_series), journal_(journal) {}

  /// Looks series up for one batch, mostly without the lock.
  class Lookup {
   public:
    explicit Lookup(Head& head) : head_(head) {}
    /// The series of `ref`, if that is still one, else that of the labels, made when new.
    Result<SeriesId> Resolve(uint64_t ref, const model::Labels& labels);
    /// How a sample of the series stands to what is committed; nullopt when `ref` is none.
    std::optional<SampleOrder> OrderOfKnown(uint64_t ref, int64_t time, double value);
    SampleOrder OrderOf(SeriesId id, int64_t time, double value) const;

   private:
    const Series* Find(uint64_t ref) const;
    SampleOrder OrderIn(const Series& series, int64_t time, double value) const;
    void Refresh();
    Head& head_;
    Table::View view_;
    bool fresh_ = false;
  };

  /// Appends samples in order; those that something has overtaken since are left out and counted. `samples`
  /// keeps what was accepted. Samples of series that are gone are left out.
  void Commit(std::vector<PendingSample>& samples);
  /// Calls `take` with the samples whose series are still there, older than their newest, or not: those that
  /// are newer are appended as by Commit().
  void CommitBackfill(std::vector<PendingSample>& samples,
                      const std::function<void(std::span<const PendingSample>)>& take);

  /// What the head has of the series that match; chunks and columns are those of all series, one after
  /// another.
  struct Found {
    model::Labels labels;
    size_t chunks_end = 0;
    size_t columns_end = 0;
  };
  struct Selection {
    std::shared_ptr<const Selections::Selection> which;  ///< for each of `series` a number, and their order
    std::vector<Found> series;
    std::vector<PackedChunk> chunks;
    Columns columns;
  };
  Selection Select(const model::Matchers& matchers, Interval interval) const;

  /// Numbers and labels of matching series, with whether the head may have a sample of the interval.
  struct Matched {
    SeriesId id = 0;
    bool in_head = false;
    model::Labels labels;
  };
  std::vector<Matched> Match(const std::vector<model::Matchers>& any_of, Interval interval) const;

  // --- What a restart does, before anyone else is there.
  /// False when the labels have another number, or the number other labels.
  bool Restore(SeriesId id, const model::Labels& labels);
  /// Numbers up to this one are in use somewhere.
  void ReserveIds(SeriesId greatest);
  /// Samples that are not newer than the series' newest are passed over; returns how many were taken.
  size_t Restore(std::span<const PendingSample> samples);
  /// The newest sample of each series that is on disk. Returns the series that are not known.
  struct Sealed {
    SeriesId id = 0;
    int64_t last = 0;
  };
  SeriesIds RestoreSealed(std::span<const Sealed> sealed);
  void RestoreRemoved(const SeriesIds& ids);

  // --- Upkeep.
  /// Closes the open chunks, and those whole series that have been silent since `idle_before`, and calls
  /// `take` for each series that has chunks, ascending by number, without a lock.
  using TakeChunks = std::function<bool(SeriesId, const model::Labels&, std::span<const PackedChunk>)>;
  void Seal(int64_t idle_before, const TakeChunks& take);
  /// Drops the chunks that are on disk now.
  void Release(std::span<const Sealed> sealed);
  /// Calls `take` for each series with the samples that only memory has, ascending by number.
  using TakeSamples = std::function<bool(SeriesId, const model::Labels&, const Columns&)>;
  void ForEachUnsealed(const TakeSamples& take) const;
  /// Drops what is older than `cutoff`.
  void DropBefore(int64_t cutoff);
  /// Removes series that have no sample here, and of which `elsewhere` knows none either. Those that never
  /// had any may belong to a batch that is not committed yet; they go only if `uncommitted`.
  void RemoveDead(const std::function<bool(SeriesId)>& elsewhere, bool uncommitted);
  /// Runs `cut` while no writer is under way: what came before is wholly journalled, what comes later not.
  void Pause(const std::function<void()>& cut);

  const Counters& counters() const { return counters_; }
  model::Labels LabelsOf(SeriesId id) const;  ///< empty when there is no such series
  size_t series() const;
  size_t label_pairs() const;
  /// What memory holds of the samples. What a series has in columns counts as a chunk.
  struct Contents {
    size_t chunks = 0;
    int64_t first = std::numeric_limits<int64_t>::max();  ///< time of the oldest sample
    int64_t last = std::numeric_limits<int64_t>::min();
  };
  Contents contents() const;
  /// Bytes of index and samples.
  size_t memory() const;
  int64_t newest() const { return newest_; }

 private:
  Result<SeriesId> Create(const model::Labels& labels);
  static SampleOrder Compare(const Series& series, int64_t time, double value);
  void AppendTo(Series& series, int64_t time, double value);
  void CountRefused(SampleOrder order);
  void Forget(const SeriesIds& ids);
  template <typename Visit>
  void ForEachPage(Visit visit) const;

  const size_t max_series_;
  Journal* const journal_;
  mutable Counters counters_;
  std::atomic<int64_t> newest_{kNever};
  std::mutex writing_;  // taken before mutex_: orders changes and what the journal hears
  mutable Selections selections_;
  mutable std::shared_mutex mutex_;  // guards everything below
  Index index_;
  Table table_;
  SeriesId last_id_ = 0;
};

}  // namespace tocsin::store
