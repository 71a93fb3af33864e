#include "alerting/store/store.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "alerting/store/read.h"

namespace tocsin::store {
namespace {

constexpr Duration kDropEvery{60'000};

template <typename T>
void Limit(std::vector<T>& values, size_t limit) {
  if (limit != 0 && values.size() > limit) values.resize(limit);
}

tl::unexpected<Error> Unsupported() {
  return Fail(ErrorCode::kUnsupported, "native histograms can't be stored");
}

/// Gathers the pieces of one series after another.
class Gatherer {
 public:
  Gatherer(const Head::Selection& head, const SegmentList& segments, const Backfill& backfill,
           Interval interval)
      : head_(head), backfill_(backfill), interval_(interval) {
    for (const auto& segment : segments) {
      if (interval.Overlaps(segment->info().first, segment->info().last)) segments_.push_back({segment, {}});
    }
  }

  /// Of the series at a place of the selection; valid until the next call.
  const Pieces& Of(size_t at, size_t& damaged) {
    const Head::Found& series = head_.series[at];
    const size_t chunks_at = at == 0 ? 0 : head_.series[at - 1].chunks_end;
    const size_t columns_at = at == 0 ? 0 : head_.series[at - 1].columns_end;
    const SeriesId id = head_.which->ids[at];
    const std::span<const PackedChunk> in_head =
        std::span(head_.chunks).subspan(chunks_at, series.chunks_end - chunks_at);
    pieces_ = {};
    pieces_.chunks = in_head;
    const size_t columns = series.columns_end - columns_at;
    pieces_.recent_times = std::span(head_.columns.times).subspan(columns_at, columns);
    pieces_.recent_values = std::span(head_.columns.values).subspan(columns_at, columns);
    if (!segments_.empty()) AddSegments(id, in_head, damaged);
    if (backfill_.samples() > 0) {
      late_ = {};
      backfill_.Collect(id, interval_, late_);
      pieces_.late = &late_;
    }
    return pieces_;
  }

 private:
  struct Open {
    std::shared_ptr<const Segment> segment;
    Segment::Cursor cursor;
  };
  void AddSegments(SeriesId id, std::span<const PackedChunk> in_head, size_t& damaged) {
    chunks_.clear();
    late_chunks_.clear();
    for (Open& open : segments_) {
      auto& to = open.segment->info().backfill ? late_chunks_ : chunks_;
      damaged += open.segment->Chunks(id, interval_, open.cursor, to);
    }
    chunks_.insert(chunks_.end(), in_head.begin(), in_head.end());
    pieces_.chunks = chunks_;
    pieces_.late_chunks = late_chunks_;
  }

  const Head::Selection& head_;
  const Backfill& backfill_;
  Interval interval_;
  std::vector<Open> segments_;
  Pieces pieces_;
  std::vector<PackedChunk> chunks_;
  std::vector<PackedChunk> late_chunks_;
  Columns late_;
};

/// Whether any of the segments may have samples of a series in the interval; asked ascending by number.
class SegmentSearch {
 public:
  SegmentSearch(const SegmentList& segments, Interval interval) : interval_(interval) {
    for (const auto& segment : segments) {
      if (interval.Overlaps(segment->info().first, segment->info().last)) open_.push_back({segment, {}});
    }
  }
  bool MayHave(SeriesId id) {
    return std::any_of(open_.begin(), open_.end(),
                       [&](auto& one) { return one.first->MayOverlap(id, interval_, one.second); });
  }

 private:
  Interval interval_;
  std::vector<std::pair<std::shared_ptr<const Segment>, Segment::Cursor>> open_;
};

}  // namespace

class Store::Batch final : public model::Appender {
 public:
  explicit Batch(Store& store) : store_(store), lookup_(store.head_) {}

  Result<model::SeriesRef> Append(model::SeriesRef ref, const model::Labels& labels, Timestamp timestamp,
                                  model::SampleValue value) override {
    const double* number = std::get_if<double>(&value);
    if (number == nullptr) return Unsupported();
    if (!store_.loaded_.load(std::memory_order_relaxed)) return Fail(store_.CheckLoaded().error());
    const Result<SeriesId> series = lookup_.Resolve(ref, labels);
    if (!series) return Fail(series.error());
    switch (lookup_.OrderOf(*series, timestamp.millis(), *number)) {
      case SampleOrder::kOlder:
        return Fail(ErrorCode::kInvalidArgument, "out of order sample");
      case SampleOrder::kConflict:
        return Fail(ErrorCode::kInvalidArgument, "duplicate sample for timestamp");
      case SampleOrder::kNewer:
        pending_.push_back({*series, timestamp.millis(), *number});
        break;
      case SampleOrder::kSame:
        break;
    }
    return *series;
  }

  void AppendKnown(Timestamp timestamp, std::span<const model::KnownSample> samples,
                   std::vector<model::RefusedSample>& refused) override {
    using Reason = model::RefusedSample::Reason;
    const bool loaded = store_.loaded_.load(std::memory_order_relaxed);
    // A page comes in many calls: room for each alone would be copied with every one.
    const size_t wanted = pending_.size() + samples.size();
    if (wanted > pending_.capacity()) pending_.reserve(std::max(wanted, 2 * pending_.capacity()));
    for (uint32_t i = 0; i < samples.size(); ++i) {
      const auto& [ref, value] = samples[i];
      const auto order = loaded ? lookup_.OrderOfKnown(ref, timestamp.millis(), value) : std::nullopt;
      if (order == SampleOrder::kNewer) {
        pending_.push_back({static_cast<SeriesId>(ref), timestamp.millis(), value});
      } else if (order != SampleOrder::kSame) {
        refused.push_back({i, !order                          ? Reason::kUnknownSeries
                              : *order == SampleOrder::kOlder ? Reason::kOutOfOrder
                                                              : Reason::kDuplicate});
      }
    }
  }

  Status Commit() override {
    store_.head_.Commit(pending_);
    pending_.clear();
    return store_.disk_ ? store_.disk_->WaitSafe() : Status();
  }

  void Rollback() override { pending_.clear(); }

 private:
  Store& store_;
  Head::Lookup lookup_;
  std::vector<PendingSample> pending_;
};

class Store::BackfillBatch final : public model::Appender {
 public:
  explicit BackfillBatch(Store& store) : store_(store), lookup_(store.head_) {
    if (store.clock_ != nullptr) oldest_ = (store.clock_->Now() - store.options_.retention).millis();
  }

  Result<model::SeriesRef> Append(model::SeriesRef ref, const model::Labels& labels, Timestamp timestamp,
                                  model::SampleValue value) override {
    const double* number = std::get_if<double>(&value);
    if (number == nullptr) return Unsupported();
    if (Status loaded = store_.CheckLoaded(); !loaded) return Fail(loaded.error());
    if (timestamp.millis() < oldest_) {
      return Fail(ErrorCode::kInvalidArgument, "the sample is older than the retention");
    }
    const Result<SeriesId> series = lookup_.Resolve(ref, labels);
    if (!series) return Fail(series.error());
    pending_.push_back({*series, timestamp.millis(), *number});
    return *series;
  }

  Status Commit() override {
    store_.head_.CommitBackfill(
        pending_, [&](std::span<const PendingSample> samples) { store_.backfill_.Add(samples); });
    pending_.clear();
    return store_.disk_ ? store_.disk_->WaitSafe() : Status();
  }

  void Rollback() override { pending_.clear(); }

 private:
  Store& store_;
  Head::Lookup lookup_;
  int64_t oldest_ = std::numeric_limits<int64_t>::min();
  std::vector<PendingSample> pending_;
};

Store::Store(StoreOptions options)
    : options_(options),
      clock_(nullptr),
      head_(options.max_series, nullptr),
      loaded_(true),
      next_drop_(std::numeric_limits<int64_t>::min()) {}

Store::Store(StoreOptions options, std::unique_ptr<Disk> disk, const Clock& clock)
    : options_(options),
      disk_(std::move(disk)),
      clock_(&clock),
      head_(options.max_series, disk_.get()),
      loaded_(false),
      next_drop_(std::numeric_limits<int64_t>::min()) {}

Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::Open(StoreOptions options, DiskOptions disk, const Clock& clock,
                                           Logger log) {
  auto opened = Disk::Open(std::move(disk), std::move(log));
  if (!opened) return Fail(opened.error());
  return std::unique_ptr<Store>(new Store(options, std::move(*opened), clock));
}

Status Store::Load() {
  if (!disk_) return {};
  if (Status loaded = disk_->Load(head_, backfill_); !loaded) return loaded;
  loaded_ = true;
  return {};
}

Status Store::CheckLoaded() const {
  if (loaded_) return {};
  return Fail(ErrorCode::kUnavailable, "the storage is still being read");
}

std::unique_ptr<model::Appender> Store::MakeAppender() { return std::make_unique<Batch>(*this); }
std::unique_ptr<model::Appender> Store::Late::MakeAppender() {
  return std::make_unique<BackfillBatch>(store_);
}

Result<std::vector<model::Series>> Store::Select(const model::Matchers& matchers, model::TimeRange range,
                                                 std::stop_token stop) const {
  if (Status loaded = CheckLoaded(); !loaded) return Fail(loaded.error());
  const Interval interval{range.start.millis(), range.end.millis()};
  // Memory first: what is sealed meanwhile is then found in both, and not in neither.
  Head::Selection selection = head_.Select(matchers, interval);
  const std::shared_ptr<const SegmentList> segments =
      disk_ ? disk_->segments() : std::make_shared<const SegmentList>();
  size_t expected = selection.columns.size();
  for (const PackedChunk& chunk : selection.chunks) expected += chunk.count;
  Arena arena(expected);
  Gatherer gatherer(selection, *segments, backfill_, interval);
  std::vector<model::Series> by_number(selection.series.size());
  size_t damaged = 0;
  for (size_t i = 0; i < by_number.size(); ++i) {
    if (stop.stop_requested()) return Fail(ErrorCode::kCanceled, "select was canceled");
    if (!Assemble(gatherer.Of(i, damaged), interval, arena, by_number[i], damaged)) continue;
    by_number[i].labels = std::move(selection.series[i].labels);
  }
  if (disk_) disk_->CountDamaged(damaged);
  std::vector<model::Series> result;
  result.reserve(by_number.size());
  for (const uint32_t position : selection.which->order) {
    model::Series& series = by_number[position];
    if (!series.timestamps.empty()) result.push_back(std::move(series));
  }
  return result;
}

Status Store::ForEach(const model::Matchers& matchers, model::TimeRange range, const std::stop_token& stop,
                      const std::function<Status(const model::SeriesView&)>& visit) const {
  if (Status loaded = CheckLoaded(); !loaded) return loaded;
  const Interval interval{range.start.millis(), range.end.millis()};
  const Head::Selection selection = head_.Select(matchers, interval);
  const std::shared_ptr<const SegmentList> segments =
      disk_ ? disk_->segments() : std::make_shared<const SegmentList>();
  Gatherer gatherer(selection, *segments, backfill_, interval);
  Columns room;
  size_t damaged = 0;
  Status status;
  for (const uint32_t position : selection.which->order) {
    if (stop.stop_requested()) status = Fail(ErrorCode::kCanceled, "select was canceled");
    if (!status) break;
    const Pieces& pieces = gatherer.Of(position, damaged);
    std::span<const int64_t> times = pieces.recent_times;
    std::span<const double> values = pieces.recent_values;
    if (const size_t most = pieces.samples(); most != times.size()) {
      if (most > room.size()) {
        room.times.resize(most);
        room.values.resize(most);
      }
      const size_t count = Read(pieces, interval, {room.times.data(), room.values.data()}, damaged);
      times = std::span(room.times).first(count);
      values = std::span(room.values).first(count);
    }
    if (!times.empty()) status = visit({selection.series[position].labels, times, values});
  }
  if (disk_) disk_->CountDamaged(damaged);
  return status;
}

Result<std::vector<model::Labels>> Store::MatchingLabels(const std::vector<model::Matchers>& any_of,
                                                         model::TimeRange range) const {
  if (Status loaded = CheckLoaded(); !loaded) return Fail(loaded.error());
  const Interval interval{range.start.millis(), range.end.millis()};
  std::vector<Head::Matched> matches = head_.Match(any_of, interval);
  SegmentSearch segments(disk_ ? *disk_->segments() : SegmentList(), interval);
  std::vector<model::Labels> labels;
  labels.reserve(matches.size());
  for (Head::Matched& match : matches) {
    if (match.in_head || segments.MayHave(match.id) || backfill_.MayOverlap(match.id, interval)) {
      labels.push_back(std::move(match.labels));
    }
  }
  return labels;
}

Result<std::vector<model::Labels>> Store::SeriesLabels(const std::vector<model::Matchers>& any_of,
                                                       model::TimeRange range, size_t limit) const {
  Result<std::vector<model::Labels>> labels = MatchingLabels(any_of, range);
  if (!labels) return labels;
  std::sort(labels->begin(), labels->end());
  Limit(*labels, limit);
  return labels;
}

Result<std::vector<std::string>> Store::LabelNames(const std::vector<model::Matchers>& any_of,
                                                   model::TimeRange range, size_t limit) const {
  const Result<std::vector<model::Labels>> matching = MatchingLabels(any_of, range);
  if (!matching) return Fail(matching.error());
  std::set<std::string> names;
  for (const model::Labels& labels : *matching) {
    for (const model::LabelView label : labels) names.emplace(label.name);
  }
  std::vector<std::string> sorted(names.begin(), names.end());
  Limit(sorted, limit);
  return sorted;
}

Result<std::vector<std::string>> Store::LabelValues(const std::string& name,
                                                    const std::vector<model::Matchers>& any_of,
                                                    model::TimeRange range, size_t limit) const {
  const Result<std::vector<model::Labels>> matching = MatchingLabels(any_of, range);
  if (!matching) return Fail(matching.error());
  std::set<std::string> values;
  for (const model::Labels& labels : *matching) {
    if (std::string_view value = labels.Get(name); !value.empty()) values.emplace(value);
  }
  std::vector<std::string> sorted(values.begin(), values.end());
  Limit(sorted, limit);
  return sorted;
}

void Store::Upkeep(Timestamp now) {
  if (!loaded_) return;
  const bool dropped = disk_ && disk_->Upkeep(head_, backfill_, now, options_.retention);
  if (!dropped && now.millis() < next_drop_) return;
  next_drop_ = (now + kDropEvery).millis();
  memory_ = head_.memory();
  const int64_t cutoff = (now - options_.retention).millis();
  head_.DropBefore(cutoff);
  backfill_.DropBefore(cutoff);
  // With a folder series mostly die when a segment goes, which is rare, as is the search for them.
  if (disk_ && !dropped) return;
  SegmentSearch segments(disk_ ? *disk_->segments() : SegmentList(), kAllTime);
  head_.RemoveDead([&](SeriesId id) { return segments.MayHave(id) || backfill_.MayOverlap(id, kAllTime); },
                   false);
}

Status Store::Seal(Timestamp now) { return disk_ ? disk_->Seal(head_, backfill_, now) : Status(); }

StoreStats Store::stats() const {
  StoreStats stats;
  const Head::Counters& counters = head_.counters();
  stats.series = head_.series();
  stats.label_pairs = head_.label_pairs();
  stats.memory_bytes = memory_;
  stats.series_created = counters.series_created;
  stats.series_removed = counters.series_removed;
  stats.samples_appended = counters.samples_appended;
  stats.samples_backfilled = counters.samples_backfilled;
  stats.samples_dropped = counters.samples_dropped;
  stats.out_of_order = counters.out_of_order;
  stats.duplicates = counters.duplicates;
  stats.series_refused = counters.series_refused;
  if (disk_ && loaded_) {
    stats.on_disk = true;
    stats.disk = disk_->stats();
    stats.samples_dropped += stats.disk.segments.samples_dropped;
  }
  return stats;
}

}  // namespace tocsin::store
