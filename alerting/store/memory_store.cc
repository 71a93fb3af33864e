#include "alerting/store/memory_store.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <mutex>
#include <set>
#include <unordered_set>

#include <fmt/format.h>

namespace tocsin::store {
namespace {

bool SameBits(double a, double b) { return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b); }

template <typename T>
void Limit(std::vector<T>& values, size_t limit) {
  if (limit != 0 && values.size() > limit) values.resize(limit);
}

}  // namespace

// Atomic, since appends that only look something up count under the shared lock.
struct MemoryStore::Counters {
  std::atomic<uint64_t> series_created{0};
  std::atomic<uint64_t> series_removed{0};
  std::atomic<uint64_t> samples_appended{0};
  std::atomic<uint64_t> samples_dropped{0};
  std::atomic<uint64_t> out_of_order{0};
  std::atomic<uint64_t> duplicates{0};
  std::atomic<uint64_t> series_refused{0};
};

class MemoryStore::Batch final : public model::Appender {
 public:
  explicit Batch(MemoryStore& store) : store_(store) {}

  Result<model::SeriesRef> Append(model::SeriesRef ref, const model::Labels& labels, Timestamp timestamp,
                                  model::SampleValue value) override {
    const double* number = std::get_if<double>(&value);
    if (number == nullptr) return Fail(ErrorCode::kUnsupported, "native histograms can't be stored");
    Result<model::SeriesRef> series = store_.Resolve(ref, labels, timestamp.millis(), *number);
    if (series) pending_.push_back({*series, timestamp.millis(), *number});
    return series;
  }

  Status Commit() override {
    store_.CommitSamples(pending_);
    pending_.clear();
    return {};
  }

  void Rollback() override { pending_.clear(); }

 private:
  MemoryStore& store_;
  std::vector<PendingSample> pending_;
};

MemoryStore::MemoryStore(StoreOptions options) : options_(options), counters_(std::make_unique<Counters>()) {}
MemoryStore::~MemoryStore() = default;

std::unique_ptr<model::Appender> MemoryStore::MakeAppender() { return std::make_unique<Batch>(*this); }

Result<model::SeriesRef> MemoryStore::Resolve(model::SeriesRef ref, const model::Labels& labels,
                                              int64_t timestamp, double value) {
  {
    std::shared_lock lock(mutex_);
    model::SeriesRef known = ref != 0 && samples_.contains(ref) ? ref : index_.Find(labels);
    if (known != 0) {
      if (Status order = CheckOrder(known, timestamp, value); !order) return Fail(order.error());
      return known;
    }
  }
  return Create(labels);
}

Result<model::SeriesRef> MemoryStore::Create(const model::Labels& labels) {
  if (labels.empty()) return Fail(ErrorCode::kInvalidArgument, "empty labelset: invalid sample");
  std::unique_lock lock(mutex_);
  if (model::SeriesRef known = index_.Find(labels); known != 0) return known;
  if (index_.size() >= options_.max_series) {
    ++counters_->series_refused;
    return Fail(ErrorCode::kResourceExhausted,
                fmt::format("the limit of {} series is reached", options_.max_series));
  }
  model::SeriesRef ref = ++last_ref_;
  index_.Add(ref, labels);
  samples_.try_emplace(ref);
  ++counters_->series_created;
  return ref;
}

Status MemoryStore::CheckOrder(model::SeriesRef ref, int64_t timestamp, double value) {
  const ChunkList& chunks = samples_.at(ref);
  if (chunks.empty() || timestamp > chunks.last_time()) return {};
  if (timestamp < chunks.last_time()) {
    ++counters_->out_of_order;
    return Fail(ErrorCode::kInvalidArgument, "out of order sample");
  }
  if (SameBits(value, chunks.last_value())) return {};
  ++counters_->duplicates;
  return Fail(ErrorCode::kInvalidArgument, "duplicate sample for timestamp");
}

void MemoryStore::CommitSamples(const std::vector<PendingSample>& samples) {
  std::unique_lock lock(mutex_);
  uint64_t appended = 0;
  for (const PendingSample& sample : samples) {
    auto it = samples_.find(sample.ref);
    if (it == samples_.end()) continue;  // truncated away between Append and Commit
    if (!CheckOrder(sample.ref, sample.timestamp, sample.value)) continue;
    ChunkList& chunks = it->second;
    if (!chunks.empty() && chunks.last_time() == sample.timestamp) continue;  // the very same sample
    chunks.Append(sample.timestamp, sample.value);
    ++appended;
  }
  counters_->samples_appended += appended;
}

Result<std::vector<model::Series>> MemoryStore::Select(const model::Matchers& matchers,
                                                       model::TimeRange range, std::stop_token stop) const {
  struct Found {
    model::Labels labels;
    std::vector<ChunkView> views;
  };
  int64_t start = range.start.millis();
  int64_t end = range.end.millis();
  std::vector<Found> found;
  {
    std::shared_lock lock(mutex_);
    for (model::SeriesRef ref : index_.Select(matchers)) {
      std::vector<ChunkView> views = samples_.at(ref).Overlapping(start, end);
      if (!views.empty()) found.push_back({index_.LabelsOf(ref), std::move(views)});
    }
  }
  std::vector<model::Series> result;
  result.reserve(found.size());
  for (Found& one : found) {
    if (stop.stop_requested()) return Fail(ErrorCode::kCanceled, "select was canceled");
    model::Series series;
    if (!ReadViews(one.views, start, end, series)) continue;
    series.labels = std::move(one.labels);
    result.push_back(std::move(series));
  }
  std::sort(result.begin(), result.end(),
            [](const model::Series& a, const model::Series& b) { return a.labels < b.labels; });
  return result;
}

std::vector<model::Labels> MemoryStore::MatchingLabels(const std::vector<model::Matchers>& any_of,
                                                       model::TimeRange range) const {
  std::shared_lock lock(mutex_);
  std::set<model::SeriesRef> refs;
  auto add = [&](const model::Matchers& matchers) {
    for (model::SeriesRef ref : index_.Select(matchers)) {
      if (samples_.at(ref).HasSampleIn(range.start.millis(), range.end.millis())) refs.insert(ref);
    }
  };
  for (const model::Matchers& matchers : any_of) add(matchers);
  if (any_of.empty()) add({});
  std::vector<model::Labels> labels;
  labels.reserve(refs.size());
  for (model::SeriesRef ref : refs) labels.push_back(index_.LabelsOf(ref));
  return labels;
}

Result<std::vector<model::Labels>> MemoryStore::SeriesLabels(const std::vector<model::Matchers>& any_of,
                                                             model::TimeRange range, size_t limit) const {
  std::vector<model::Labels> labels = MatchingLabels(any_of, range);
  std::sort(labels.begin(), labels.end());
  Limit(labels, limit);
  return labels;
}

Result<std::vector<std::string>> MemoryStore::LabelNames(const std::vector<model::Matchers>& any_of,
                                                         model::TimeRange range, size_t limit) const {
  std::set<std::string> names;
  for (const model::Labels& labels : MatchingLabels(any_of, range)) {
    for (const model::Label& label : labels) names.insert(label.name);
  }
  std::vector<std::string> sorted(names.begin(), names.end());
  Limit(sorted, limit);
  return sorted;
}

Result<std::vector<std::string>> MemoryStore::LabelValues(const std::string& name,
                                                          const std::vector<model::Matchers>& any_of,
                                                          model::TimeRange range, size_t limit) const {
  std::set<std::string> values;
  for (const model::Labels& labels : MatchingLabels(any_of, range)) {
    if (std::string_view value = labels.Get(name); !value.empty()) values.emplace(value);
  }
  std::vector<std::string> sorted(values.begin(), values.end());
  Limit(sorted, limit);
  return sorted;
}

void MemoryStore::Truncate(Timestamp now) {
  int64_t cutoff = (now - options_.retention).millis();
  std::unique_lock lock(mutex_);
  std::unordered_set<model::SeriesRef> dead;
  for (auto& [ref, chunks] : samples_) {
    if (chunks.empty()) continue;  // made by a batch that is not committed yet
    counters_->samples_dropped += chunks.DropBefore(cutoff);
    if (chunks.empty()) dead.insert(ref);
  }
  if (dead.empty()) return;
  index_.Remove(dead);
  for (model::SeriesRef ref : dead) samples_.erase(ref);
  counters_->series_removed += dead.size();
}

StoreStats MemoryStore::stats() const {
  StoreStats stats;
  {
    std::shared_lock lock(mutex_);
    stats.series = index_.size();
  }
  stats.series_created = counters_->series_created;
  stats.series_removed = counters_->series_removed;
  stats.samples_appended = counters_->samples_appended;
  stats.samples_dropped = counters_->samples_dropped;
  stats.out_of_order = counters_->out_of_order;
  stats.duplicates = counters_->duplicates;
  stats.series_refused = counters_->series_refused;
  return stats;
}

}  // namespace tocsin::store
