// Segments grow by levels, as in a log-structured merge tree: fresh ones (minutes) become one when their
// window (two hours, less with a short retention) is over, those become one when their day is over. A level
// of backfill is merged whenever it has eight files, since imports come at any time and with any times.
#include "alerting/store/segments.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>
#include <system_error>
#include <utility>

namespace tocsin::store {
namespace {

constexpr size_t kBackfillFiles = 8;
constexpr std::string_view kSegmentSuffix = ".segment";

/// The span of time that segments of this level are merged for; 0: they are not.
int64_t WindowOf(uint32_t level, Duration retention) {
  constexpr int64_t kHour = 3'600'000;
  // What is merged goes by the retention together: an eighth more than asked for is little.
  const int64_t most = std::max<int64_t>(retention.count() / 8, 1);
  if (level == 0) return std::min(2 * kHour, most);
  return level == 1 && most > 4 * kHour ? std::min(24 * kHour, most) : 0;
}

/// The number in the name of a segment file; 0 for other files.
uint64_t NumberOf(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  if (!name.ends_with(kSegmentSuffix)) return 0;
  uint64_t number = 0;
  const char* end = name.data() + name.size() - kSegmentSuffix.size();
  const auto [at, error] = std::from_chars(name.data(), end, number);
  return error == std::errc{} && at == end ? number : 0;
}

bool Ordered(std::span<const PackedChunk> chunks) {
  for (size_t i = 1; i < chunks.size(); ++i) {
    if (chunks[i].first <= chunks[i - 1].last) return false;
  }
  return true;
}

/// Chunks of a usual size stay as they are, if nothing stands twice.
bool WorthKeeping(std::span<const PackedChunk> chunks) {
  constexpr size_t kSmall = 120;
  const size_t samples =
      std::accumulate(chunks.begin(), chunks.end(), size_t{0},
                      [](size_t sum, const PackedChunk& chunk) { return sum + chunk.count; });
  return Ordered(chunks) && (chunks.size() == 1 || samples >= kSmall * chunks.size());
}

}  // namespace

void SortSamples(Columns& columns) {
  if (std::adjacent_find(columns.times.begin(), columns.times.end(), std::greater_equal<>()) ==
      columns.times.end()) {
    return;
  }
  std::vector<size_t> order(columns.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return columns.times[a] < columns.times[b]; });
  Columns sorted;
  sorted.times.reserve(order.size());
  sorted.values.reserve(order.size());
  for (const size_t i : order) {
    if (!sorted.times.empty() && sorted.times.back() == columns.times[i]) continue;
    sorted.times.push_back(columns.times[i]);
    sorted.values.push_back(columns.values[i]);
  }
  columns = std::move(sorted);
}

Columns MergeSamples(std::span<const PackedChunk> chunks) {
  Columns all;
  for (const PackedChunk& chunk : chunks) (void)DecodeInto(chunk, all);
  SortSamples(all);
  return all;
}

Segments::Segments(std::filesystem::path folder, Files& files, Logger log)
    : folder_(std::move(folder)),
      files_(files),
      log_(std::move(log)),
      list_(std::make_shared<SegmentList>()) {}

Status Segments::Open() {
  std::error_code failed;
  std::filesystem::create_directories(folder_, failed);
  std::map<uint64_t, std::filesystem::path> found;
  for (std::filesystem::directory_iterator at(folder_, failed), end; !failed && at != end;
       at.increment(failed)) {
    if (at->path().extension() == ".tmp") {
      (void)files_.Remove(at->path());  // of a process that was killed
    } else if (const uint64_t number = NumberOf(at->path()); number != 0) {
      found.emplace(number, at->path());
    }
  }
  if (failed) return Fail(ErrorCode::kIo, "list " + folder_.string() + ": " + failed.message());
  SegmentList list;
  std::vector<uint64_t> replaced;
  for (const auto& [number, path] : found) {
    next_ = number + 1;
    auto segment = Segment::Open(path, number);
    if (segment) {
      replaced.insert(replaced.end(), (*segment)->info().replaces.begin(), (*segment)->info().replaces.end());
      list.push_back(std::move(*segment));
      continue;
    }
    if (segment.error().code() != ErrorCode::kInvalidArgument) return Fail(segment.error());
    log_.Warn("Set aside a damaged segment file", {{"file", path.string()}, {"err", segment.error()}});
    ++stats_.damaged;
    (void)files_.Rename(path, path.string() + ".damaged");
  }
  SegmentList gone;
  for (const auto& segment : list) {
    if (std::find(replaced.begin(), replaced.end(), segment->info().number) != replaced.end()) {
      gone.push_back(segment);
    }
  }
  std::erase_if(list,
                [&](const auto& one) { return std::find(gone.begin(), gone.end(), one) != gone.end(); });
  RemoveFiles(gone);
  Set(std::move(list));
  return {};
}

std::shared_ptr<const SegmentList> Segments::Snapshot() const {
  const std::lock_guard lock(mutex_);
  return list_;
}

void Segments::Set(SegmentList list) {
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
    const SegmentInfo& one = a->info();
    const SegmentInfo& other = b->info();
    if (one.backfill != other.backfill) return other.backfill;
    return one.backfill ? one.number < other.number
                        : std::pair(one.first, one.number) < std::pair(other.first, other.number);
  });
  auto published = std::make_shared<const SegmentList>(std::move(list));
  const std::lock_guard lock(mutex_);
  list_ = std::move(published);
}

std::filesystem::path Segments::NextPath() { return folder_ / SegmentFileName(next_); }

Status Segments::Publish() {
  auto segment = Segment::Open(NextPath(), next_);
  if (!segment) return Fail(segment.error());
  ++next_;
  SegmentList list = *Snapshot();
  SegmentList gone;
  const std::vector<uint64_t>& replaces = (*segment)->info().replaces;
  std::erase_if(list, [&](const auto& one) {
    const bool replaced = std::find(replaces.begin(), replaces.end(), one->info().number) != replaces.end();
    if (replaced) gone.push_back(one);
    return replaced;
  });
  list.push_back(std::move(*segment));
  Set(std::move(list));
  RemoveFiles(gone);
  return {};
}

/// Readers that hold one go on reading it: what is mapped stays until it is let go.
void Segments::RemoveFiles(const SegmentList& gone) {
  for (const auto& segment : gone) {
    if (Status removed = files_.Remove(segment->path()); !removed) {
      log_.Warn("Can't remove a segment file", {{"err", removed.error()}});
    }
  }
}

bool Segments::ApplyRetention(int64_t cutoff, uint64_t max_bytes) {
  SegmentList list = *Snapshot();
  SegmentList gone;
  std::erase_if(list, [&](const auto& one) {
    const bool old = one->info().last < cutoff;
    if (old) gone.push_back(one);
    return old;
  });
  uint64_t bytes = std::accumulate(list.begin(), list.end(), uint64_t{0},
                                   [](uint64_t sum, const auto& one) { return sum + one->info().bytes; });
  while (max_bytes != 0 && bytes > max_bytes && !list.empty()) {
    const auto oldest = std::min_element(list.begin(), list.end(), [](const auto& a, const auto& b) {
      return a->info().last < b->info().last;
    });
    bytes -= (*oldest)->info().bytes;
    gone.push_back(*oldest);
    list.erase(oldest);
  }
  if (gone.empty()) return false;
  Set(std::move(list));
  RemoveFiles(gone);
  const std::lock_guard lock(mutex_);
  stats_.files_dropped += gone.size();
  for (const auto& segment : gone) stats_.samples_dropped += segment->info().samples;
  return true;
}

SegmentList Segments::Due(Duration retention, int64_t newest) const {
  std::map<std::pair<uint32_t, int64_t>, SegmentList> windows;
  std::map<uint32_t, SegmentList> backfill;
  const auto list = Snapshot();
  for (const auto& segment : *list) {
    const SegmentInfo& info = segment->info();
    if (info.backfill) {
      backfill[info.level].push_back(segment);
      continue;
    }
    const int64_t window = WindowOf(info.level, retention);
    if (window == 0) continue;
    const int64_t begin = info.last - (info.last % window + window) % window;
    // Half a window later, for what is sealed late.
    if (begin + window + window / 2 < newest) windows[{info.level, begin}].push_back(segment);
  }
  for (auto& [key, segments] : windows) {
    if (segments.size() > 1) return std::move(segments);
  }
  for (auto& [level, segments] : backfill) {
    if (segments.size() >= kBackfillFiles) return std::move(segments);
  }
  return {};
}

Result<bool> Segments::MergeOnce(Duration retention, int64_t newest) {
  const SegmentList due = Due(retention, newest);
  if (due.empty()) return false;
  Status merged = Merge(due);
  if (merged) merged = Publish();
  const std::lock_guard lock(mutex_);
  ++(merged ? stats_.merges : stats_.merges_failed);
  if (!merged) return Fail(merged.error());
  return true;
}

/// Series by series, ascending through all sources at once.
Status Segments::Merge(const SegmentList& sources) {
  struct Source {
    const Segment* segment;
    Segment::LabelReader labels;
    Segment::Cursor cursor{};
    size_t at = 0;
    bool has(SeriesId id) const { return at < segment->series() && segment->IdAt(at) == id; }
  };
  std::vector<Source> all;
  SegmentInfo info;
  info.backfill = sources.front()->info().backfill;
  for (const auto& source : sources) {
    info.level = std::max(info.level, source->info().level + 1);
    info.replaces.push_back(source->info().number);
    all.push_back({source.get(), Segment::LabelReader(*source)});
  }
  auto writer = SegmentWriter::Create(NextPath(), files_);
  if (!writer) return Fail(writer.error());
  std::vector<PackedChunk> chunks;
  while (true) {
    SeriesId id = 0;
    for (const Source& source : all) {
      if (source.at == source.segment->series()) continue;
      const SeriesId next = source.segment->IdAt(source.at);
      if (id == 0 || next < id) id = next;
    }
    if (id == 0) break;
    chunks.clear();
    model::Labels labels;
    for (Source& source : all) {
      if (!source.has(id)) continue;
      if (labels.empty()) labels = source.labels.At(source.at);
      CountDamaged(source.segment->Chunks(id, kAllTime, source.cursor, chunks));
      ++source.at;
    }
    if (chunks.empty() || labels.empty()) continue;
    const std::vector<PackedChunk> packed = WorthKeeping(chunks) ? chunks : Pack(MergeSamples(chunks));
    if (packed.empty()) continue;
    if (Status added = writer->Add(id, labels, packed); !added) return added;
  }
  return writer->Finish(info);
}

void Segments::CountDamaged(size_t chunks) const {
  if (chunks == 0) return;
  const std::lock_guard lock(mutex_);
  stats_.damaged += chunks;
}

SegmentsStats Segments::stats() const {
  const std::lock_guard lock(mutex_);
  SegmentsStats stats = stats_;
  stats.files = list_->size();
  for (const auto& segment : *list_) {
    stats.bytes += segment->info().bytes;
    stats.samples += segment->info().samples;
  }
  return stats;
}

}  // namespace tocsin::store
