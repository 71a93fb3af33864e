#include "alerting/store/head.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "alerting/store/label_order.h"

namespace tocsin::store {

const Head::Series* Head::Lookup::Find(uint64_t ref) const {
  const Series* series = view_.Find(ref);
  return series != nullptr && series->live.load(std::memory_order_acquire) ? series : nullptr;
}

void Head::Lookup::Refresh() {
  const std::shared_lock lock(head_.mutex_);
  view_ = head_.table_.view();
  fresh_ = true;
}

Result<SeriesId> Head::Lookup::Resolve(uint64_t ref, const model::Labels& labels) {
  if (!fresh_) Refresh();
  if (ref != 0 && Find(ref) != nullptr) return static_cast<SeriesId>(ref);
  SeriesId known = 0;
  {
    const std::shared_lock lock(head_.mutex_);
    known = head_.index_.Find(labels);
    view_ = head_.table_.view();
  }
  if (known != 0) return known;
  Result<SeriesId> made = head_.Create(labels);
  if (made && Find(*made) == nullptr) Refresh();
  return made;
}

std::optional<SampleOrder> Head::Lookup::OrderOfKnown(uint64_t ref, int64_t time, double value) {
  if (!fresh_) Refresh();
  const Series* series = ref == 0 ? nullptr : Find(ref);
  if (series == nullptr) return std::nullopt;
  return OrderIn(*series, time, value);
}

SampleOrder Head::Lookup::OrderOf(SeriesId id, int64_t time, double value) const {
  const Series* series = view_.Find(id);
  return series == nullptr ? SampleOrder::kNewer : OrderIn(*series, time, value);
}

SampleOrder Head::Lookup::OrderIn(const Series& series, int64_t time, double value) const {
  const SampleOrder order = Compare(series, time, value);
  if (order == SampleOrder::kConflict || order == SampleOrder::kOlder) head_.CountRefused(order);
  return order;
}

void Head::CountRefused(SampleOrder order) {
  ++(order == SampleOrder::kConflict ? counters_.duplicates : counters_.out_of_order);
}

SampleOrder Head::Compare(const Series& series, int64_t time, double value) {
  const int64_t last = series.last_time.load(std::memory_order_relaxed);
  if (time > last) return SampleOrder::kNewer;
  if (time < last) return SampleOrder::kOlder;
  return series.last_bits.load(std::memory_order_relaxed) == std::bit_cast<uint64_t>(value)
             ? SampleOrder::kSame
             : SampleOrder::kConflict;
}

void Head::AppendTo(Series& series, int64_t time, double value) {
  series.samples.Append(time, value);
  series.last_time.store(time, std::memory_order_relaxed);
  series.last_bits.store(std::bit_cast<uint64_t>(value), std::memory_order_relaxed);
  if (time > newest_.load(std::memory_order_relaxed)) newest_.store(time, std::memory_order_relaxed);
}

Result<SeriesId> Head::Create(const model::Labels& labels) {
  if (labels.empty()) return Fail(ErrorCode::kInvalidArgument, "empty labelset: invalid sample");
  const std::lock_guard writing(writing_);
  const std::unique_lock lock(mutex_);
  if (const SeriesId known = index_.Find(labels); known != 0) return known;
  if (index_.size() >= max_series_) {
    ++counters_.series_refused;
    return Fail(ErrorCode::kResourceExhausted, fmt::format("the limit of {} series is reached", max_series_));
  }
  if (last_id_ == std::numeric_limits<SeriesId>::max()) {
    return Fail(ErrorCode::kResourceExhausted, "the storage folder has used all numbers for series");
  }
  const SeriesId id = ++last_id_;
  index_.Add(id, labels);
  table_.Make(id).live.store(true, std::memory_order_release);
  ++counters_.series_created;
  if (journal_ != nullptr) journal_->SeriesMade(id, labels);
  return id;
}

void Head::Commit(std::vector<PendingSample>& samples) {
  if (samples.empty()) return;
  const std::lock_guard writing(writing_);
  {
    const std::unique_lock lock(mutex_);
    std::erase_if(samples, [&](const PendingSample& sample) {
      Series* series = table_.Find(sample.id);
      if (series == nullptr || !series->live) return true;  // removed between Append and Commit
      const SampleOrder order = Compare(*series, sample.time, sample.value);
      if (order == SampleOrder::kNewer) {
        AppendTo(*series, sample.time, sample.value);
        return false;
      }
      if (order != SampleOrder::kSame) CountRefused(order);
      return true;
    });
  }
  counters_.samples_appended += samples.size();
  if (journal_ != nullptr && !samples.empty()) journal_->SamplesAdded(samples, false);
}

void Head::CommitBackfill(std::vector<PendingSample>& samples,
                          const std::function<void(std::span<const PendingSample>)>& take) {
  if (samples.empty()) return;
  std::stable_sort(samples.begin(), samples.end(), [](const PendingSample& a, const PendingSample& b) {
    return a.id != b.id ? a.id < b.id : a.time < b.time;
  });
  const std::lock_guard writing(writing_);
  std::vector<PendingSample> newer;
  {
    const std::unique_lock lock(mutex_);
    std::erase_if(samples, [&](const PendingSample& sample) {
      Series* series = table_.Find(sample.id);
      if (series == nullptr || !series->live) return true;
      switch (Compare(*series, sample.time, sample.value)) {
        case SampleOrder::kNewer:
          AppendTo(*series, sample.time, sample.value);
          newer.push_back(sample);
          return true;
        case SampleOrder::kOlder:
          return false;
        default:
          return true;  // the first sample of a time stays
      }
    });
    if (!samples.empty()) take(samples);
  }
  counters_.samples_appended += newer.size();
  counters_.samples_backfilled += samples.size();
  if (journal_ == nullptr) return;
  if (!newer.empty()) journal_->SamplesAdded(newer, false);
  if (!samples.empty()) journal_->SamplesAdded(samples, true);
}

Head::Selection Head::Select(const model::Matchers& matchers, Interval interval) const {
  Selection found;
  const std::string key = Selections::KeyOf(matchers);
  uint64_t stamp = 0;
  std::shared_ptr<Selections::Selection> made;
  {
    const std::shared_lock lock(mutex_);
    stamp = index_.StampOf(matchers);
    found.which = selections_.Find(key, stamp);
    if (!found.which) {
      made = std::make_shared<Selections::Selection>();
      made->ids = index_.Select(matchers);
    }
    const SeriesIds& ids = found.which ? found.which->ids : made->ids;
    found.series.reserve(ids.size());
    found.columns.times.reserve(ids.size() * EncoderState::kBlock);
    found.columns.values.reserve(ids.size() * EncoderState::kBlock);
    for (const SeriesId id : ids) {
      const SeriesSamples& samples = table_.Find(id)->samples;
      samples.Chunks(interval, found.chunks);
      samples.CopyColumns(interval, found.columns);
      found.series.push_back({index_.LabelsOf(id), found.chunks.size(), found.columns.size()});
    }
  }
  if (made) {
    std::vector<const model::Labels*> labels(found.series.size());
    std::transform(found.series.begin(), found.series.end(), labels.begin(),
                   [](const Found& one) { return &one.labels; });
    made->order = OrderByLabels(labels);
    found.which = std::move(made);
    selections_.Put(key, stamp, found.which);
  }
  return found;
}

std::vector<Head::Matched> Head::Match(const std::vector<model::Matchers>& any_of, Interval interval) const {
  const std::shared_lock lock(mutex_);
  SeriesIds ids;
  for (const model::Matchers& matchers : any_of) {
    SeriesIds more = index_.Select(matchers);
    ids.insert(ids.end(), more.begin(), more.end());
  }
  if (any_of.empty()) ids = index_.All();
  if (any_of.size() > 1) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  }
  std::vector<Matched> matches;
  matches.reserve(ids.size());
  for (const SeriesId id : ids) {
    matches.push_back({id, table_.Find(id)->samples.MayOverlap(interval), index_.LabelsOf(id)});
  }
  return matches;
}

bool Head::Restore(SeriesId id, const model::Labels& labels) {
  if (id == 0 || labels.empty()) return false;
  const std::unique_lock lock(mutex_);
  if (const model::Labels& known = index_.LabelsOf(id); !known.empty()) return known == labels;
  if (index_.Find(labels) != 0) return false;
  index_.Add(id, labels);
  table_.Make(id).live.store(true, std::memory_order_release);
  last_id_ = std::max(last_id_, id);
  return true;
}

void Head::ReserveIds(SeriesId greatest) {
  const std::unique_lock lock(mutex_);
  last_id_ = std::max(last_id_, greatest);
}

size_t Head::Restore(std::span<const PendingSample> samples) {
  const std::unique_lock lock(mutex_);
  size_t taken = 0;
  for (const PendingSample& sample : samples) {
    Series* series = table_.Find(sample.id);
    if (series == nullptr || !series->live.load(std::memory_order_relaxed)) continue;
    if (Compare(*series, sample.time, sample.value) != SampleOrder::kNewer) continue;
    AppendTo(*series, sample.time, sample.value);
    ++taken;
  }
  return taken;
}

SeriesIds Head::RestoreSealed(std::span<const Sealed> sealed) {
  SeriesIds unknown;
  const std::unique_lock lock(mutex_);
  for (const Sealed& one : sealed) {
    Series* series = table_.Find(one.id);
    if (series == nullptr || !series->live) {
      unknown.push_back(one.id);
      continue;
    }
    if (one.last > series->last_time) series->last_time = one.last;
    if (one.last > newest_) newest_ = one.last;
  }
  return unknown;
}

void Head::RestoreRemoved(const SeriesIds& ids) {
  const std::unique_lock lock(mutex_);
  SeriesIds known;
  for (const SeriesId id : ids) {
    if (!index_.LabelsOf(id).empty() && table_.Find(id) != nullptr) known.push_back(id);
  }
  // A damaged log may name one twice.
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  Forget(known);
}

/// Holds the lock.
void Head::Forget(const SeriesIds& ids) {
  index_.Remove(ids);
  for (const SeriesId id : ids) {
    Series& series = *table_.Find(id);
    series.live.store(false, std::memory_order_release);
    series.samples.DropBefore(std::numeric_limits<int64_t>::max());
    table_.Drop(id);
  }
}

void Head::Pause(const std::function<void()>& cut) {
  const std::lock_guard writing(writing_);
  cut();
}

model::Labels Head::LabelsOf(SeriesId id) const {
  const std::shared_lock lock(mutex_);
  return index_.LabelsOf(id);
}

size_t Head::series() const {
  const std::shared_lock lock(mutex_);
  return index_.size();
}

size_t Head::label_pairs() const {
  const std::shared_lock lock(mutex_);
  return index_.label_pairs();
}

}  // namespace tocsin::store
