#include "alerting/store/segment.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "alerting/store/coding.h"
#include "alerting/store/crc32c.h"

namespace tocsin::store {
namespace {

constexpr std::string_view kSegmentMagic = "tocsinS1";  // the last character is the format's version
constexpr uint32_t kBackfillFlag = 1;

tl::unexpected<Error> Damaged(std::string what) { return Fail(ErrorCode::kInvalidArgument, std::move(what)); }

}  // namespace

// The end of the file. Sections stand in this order, before them the chunks' bytes.
struct Segment::Footer {
  uint64_t symbols_at = 0;
  uint64_t labels_at = 0;
  uint64_t series_at = 0;
  uint64_t chunks_at = 0;
  uint64_t replaces_at = 0;
  uint64_t samples = 0;
  int64_t first = 0;
  int64_t last = 0;
  uint32_t level = 0;
  uint32_t flags = 0;
  uint32_t checksum = 0;  // of everything from symbols_at to here
  char magic[8] = {};
  uint32_t unused = 0;
};

std::string SegmentFileName(uint64_t number) { return fmt::format("{:08}.segment", number); }

Result<std::shared_ptr<const Segment>> Segment::Open(const std::filesystem::path& path, uint64_t number) {
  auto file = MappedFile::Open(path);
  if (!file) return Fail(file.error());
  std::shared_ptr<Segment> segment(new Segment());
  segment->path_ = path;
  segment->file_ = std::make_unique<MappedFile>(std::move(*file));
  segment->info_.number = number;
  if (Status read = segment->Read(segment->file_->bytes()); !read) return Fail(read.error());
  return segment;
}

Result<std::shared_ptr<const Segment>> Segment::FromBytes(std::string bytes, uint64_t number) {
  std::shared_ptr<Segment> segment(new Segment());
  segment->owned_ = std::move(bytes);
  segment->info_.number = number;
  if (Status read = segment->Read(segment->owned_); !read) return Fail(read.error());
  return segment;
}

Status Segment::Read(std::string_view bytes) {
  Footer footer;
  if (bytes.size() < kSegmentMagic.size() + sizeof(footer) || !bytes.starts_with(kSegmentMagic)) {
    return Damaged("it does not begin as a segment");
  }
  const uint64_t footer_at = bytes.size() - sizeof(footer);
  std::memcpy(&footer, bytes.data() + footer_at, sizeof(footer));
  if (std::string_view(footer.magic, sizeof(footer.magic)) != kSegmentMagic) {
    return Damaged("it does not end as a segment");
  }
  const uint64_t places[] = {footer.symbols_at, footer.labels_at,   footer.series_at,
                             footer.chunks_at,  footer.replaces_at, footer_at};
  if (!std::is_sorted(std::begin(places), std::end(places)) || footer.series_at % 8 != 0 ||
      footer.chunks_at % 8 != 0 || (footer.chunks_at - footer.series_at) % sizeof(SeriesEntry) != 0 ||
      (footer.replaces_at - footer.chunks_at) % sizeof(ChunkEntry) != 0) {
    return Damaged("its sections are out of place");
  }
  const size_t checked_end = footer_at + offsetof(Footer, checksum);
  if (Crc32c(bytes.substr(footer.symbols_at, checked_end - footer.symbols_at)) != footer.checksum) {
    return Damaged("the checksum of its index is wrong");
  }
  bytes_ = bytes;
  symbols_ = bytes.substr(footer.symbols_at, footer.labels_at - footer.symbols_at);
  labels_ = bytes.substr(footer.labels_at, footer.series_at - footer.labels_at);
  // The file is mapped at a page, or copied to where malloc gave room, and both sections stand at multiples
  // of eight in it.
  series_ = {reinterpret_cast<const SeriesEntry*>(bytes.data() + footer.series_at),
             (footer.chunks_at - footer.series_at) / sizeof(SeriesEntry)};
  chunks_ = {reinterpret_cast<const ChunkEntry*>(bytes.data() + footer.chunks_at),
             (footer.replaces_at - footer.chunks_at) / sizeof(ChunkEntry)};
  Reader replaces(bytes.substr(footer.replaces_at, footer_at - footer.replaces_at));
  while (replaces.left() >= sizeof(uint64_t)) info_.replaces.push_back(replaces.Fixed<uint64_t>());
  info_.level = footer.level;
  info_.backfill = (footer.flags & kBackfillFlag) != 0;
  info_.first = footer.first;
  info_.last = footer.last;
  info_.samples = footer.samples;
  info_.bytes = bytes.size();
  return {};
}

std::span<const Segment::ChunkEntry> Segment::Find(SeriesId id, Cursor& cursor) const {
  auto below = [](const SeriesEntry& entry, SeriesId wanted) { return entry.id < wanted; };
  size_t from = cursor.at < series_.size() && series_[cursor.at].id <= id ? cursor.at : 0;
  size_t step = 1;
  while (from + step < series_.size() && series_[from + step].id < id) {
    from += step;
    step *= 2;
  }
  const auto end = series_.begin() + static_cast<std::ptrdiff_t>(std::min(from + step + 1, series_.size()));
  const auto found = std::lower_bound(series_.begin() + static_cast<std::ptrdiff_t>(from), end, id, below);
  cursor.at = static_cast<size_t>(found - series_.begin());
  if (found == series_.end() || found->id != id) return {};
  if (uint64_t{found->first_chunk} + found->chunks > chunks_.size()) return {};
  return chunks_.subspan(found->first_chunk, found->chunks);
}

size_t Segment::Chunks(SeriesId id, Interval interval, Cursor& cursor,
                       std::vector<PackedChunk>& chunks) const {
  size_t damaged = 0;
  for (const ChunkEntry& entry : Find(id, cursor)) {
    if (!interval.Overlaps(entry.first, entry.last)) continue;
    const bool inside = entry.offset <= bytes_.size() && entry.size <= bytes_.size() - entry.offset;
    // A sample takes two bits at least, so a count beyond that is no count to make room for.
    const bool sane =
        inside && entry.count > 0 && entry.count <= uint64_t{entry.size} * 8 && entry.encoding <= 1;
    if (!sane || Crc32c(bytes_.substr(entry.offset, entry.size)) != entry.checksum) {
      ++damaged;
      continue;
    }
    chunks.push_back({shared_from_this(), bytes_.substr(entry.offset, entry.size), entry.count,
                      static_cast<Encoding>(entry.encoding), entry.first, entry.last});
  }
  return damaged;
}

bool Segment::MayOverlap(SeriesId id, Interval interval, Cursor& cursor) const {
  const std::span<const ChunkEntry> entries = Find(id, cursor);
  return std::any_of(entries.begin(), entries.end(),
                     [&](const ChunkEntry& entry) { return interval.Overlaps(entry.first, entry.last); });
}

int64_t Segment::LastAt(size_t i) const {
  const SeriesEntry& entry = series_[i];
  int64_t last = info_.first;
  for (uint64_t k = entry.first_chunk; k < uint64_t{entry.first_chunk} + entry.chunks && k < chunks_.size();
       ++k) {
    last = std::max(last, chunks_[k].last);
  }
  return last;
}

Segment::LabelReader::LabelReader(const Segment& segment) : segment_(segment) {
  Reader symbols(segment.symbols_);
  while (symbols.left() > 0) texts_.push_back(symbols.Text());
}

model::Labels Segment::LabelReader::At(size_t i) const {
  const size_t at = segment_.series_[i].labels_at;
  if (at > segment_.labels_.size()) return {};
  Reader in(segment_.labels_.substr(at));
  const uint64_t count = in.Varint();
  std::vector<model::LabelView> labels;
  for (uint64_t k = 0; k < count && in.ok(); ++k) {
    const uint64_t name = in.Varint();
    const uint64_t value = in.Varint();
    if (!in.ok() || name >= texts_.size() || value >= texts_.size()) return {};
    labels.emplace_back(texts_[name], texts_[value]);
  }
  return in.ok() ? model::Labels(labels) : model::Labels();
}

// --- Writing.

Result<SegmentWriter> SegmentWriter::Create(const std::filesystem::path& path, Files& files) {
  std::filesystem::path temporary = path;
  temporary += ".tmp";
  auto out = files.Create(temporary);
  if (!out) return Fail(out.error());
  return SegmentWriter(path, files, std::move(*out));
}

SegmentWriter::SegmentWriter(std::filesystem::path path, Files& files, std::unique_ptr<Files::Output> out)
    : path_(std::move(path)),
      temporary_(path_.string() + ".tmp"),
      files_(&files),
      out_(std::move(out)),
      buffer_(kSegmentMagic),
      offset_(kSegmentMagic.size()) {}

SegmentWriter::SegmentWriter(SegmentWriter&&) noexcept = default;

SegmentWriter::~SegmentWriter() {
  if (!out_) return;  // finished, or moved from
  out_.reset();
  (void)files_->Remove(temporary_);
}

uint32_t SegmentWriter::SymbolOf(std::string_view text) {
  const auto [at, is_new] =
      known_symbols_.try_emplace(std::string(text), static_cast<uint32_t>(known_symbols_.size()));
  if (is_new) PutText(symbols_, text);
  return at->second;
}

Status SegmentWriter::Add(SeriesId id, const model::Labels& labels, std::span<const PackedChunk> chunks) {
  Segment::SeriesEntry series;
  series.id = id;
  series.first_chunk = static_cast<uint32_t>(chunks_.size());
  series.chunks = static_cast<uint32_t>(chunks.size());
  series.labels_at = static_cast<uint32_t>(labels_.size());
  series_.push_back(series);
  PutVarint(labels_, labels.size());
  for (const model::LabelView label : labels) {
    PutVarint(labels_, SymbolOf(label.name));
    PutVarint(labels_, SymbolOf(label.value));
  }
  for (const PackedChunk& chunk : chunks) {
    chunks_.push_back({chunk.first, chunk.last, offset_, static_cast<uint32_t>(chunk.bytes.size()),
                       chunk.count, Crc32c(chunk.bytes), static_cast<uint32_t>(chunk.encoding)});
    buffer_.append(chunk.bytes);
    offset_ += chunk.bytes.size();
  }
  return Flush(false);
}

Status SegmentWriter::Flush(bool all) {
  constexpr size_t kBuffer = size_t{1} << 20;
  if (!all && buffer_.size() < kBuffer) return {};
  Status written = out_->Write(buffer_);
  buffer_.clear();
  return written;
}

Status SegmentWriter::Finish(const SegmentInfo& info) {
  Segment::Footer footer;
  std::string index;
  auto place = [&] { return offset_ + index.size(); };
  footer.symbols_at = place();
  index += symbols_;
  footer.labels_at = place();
  index += labels_;
  while (place() % 8 != 0) index.push_back('\0');
  footer.series_at = place();
  index.append(reinterpret_cast<const char*>(series_.data()), series_.size() * sizeof(Segment::SeriesEntry));
  footer.chunks_at = place();
  index.append(reinterpret_cast<const char*>(chunks_.data()), chunks_.size() * sizeof(Segment::ChunkEntry));
  footer.replaces_at = place();
  for (const uint64_t number : info.replaces) PutFixed(index, number);
  footer.level = info.level;
  footer.flags = info.backfill ? kBackfillFlag : 0;
  footer.first = chunks_.empty() ? 0 : chunks_.front().first;
  footer.last = footer.first;
  for (const Segment::ChunkEntry& chunk : chunks_) {
    footer.first = std::min(footer.first, chunk.first);
    footer.last = std::max(footer.last, chunk.last);
    footer.samples += chunk.count;
  }
  std::memcpy(footer.magic, kSegmentMagic.data(), kSegmentMagic.size());
  index.append(reinterpret_cast<const char*>(&footer), sizeof(footer));
  const size_t checked = index.size() - sizeof(footer) + offsetof(Segment::Footer, checksum);
  footer.checksum = Crc32c(std::string_view(index).substr(0, checked));
  std::memcpy(index.data() + checked, &footer.checksum, sizeof(footer.checksum));
  Status status = Flush(true);
  if (status) status = out_->Write(index);
  if (status) status = out_->Sync();
  if (status) status = files_->Rename(temporary_, path_);
  if (status) out_.reset();
  return status;
}

std::vector<PackedChunk> Pack(const Columns& columns) {
  constexpr size_t kSamples = 20 * EncoderState::kBlock;
  std::vector<PackedChunk> chunks;
  for (size_t from = 0; from < columns.size(); from += kSamples) {
    const size_t count = std::min(kSamples, columns.size() - from);
    const std::span<const int64_t> times(columns.times.data() + from, count);
    const std::span<const double> values(columns.values.data() + from, count);
    EncoderState state;
    state.encoding = EncodingFor(values);
    auto bytes = std::make_shared<std::string>();
    Encode(state, times, values, *bytes);
    const std::string_view view = *bytes;
    chunks.push_back(
        {std::move(bytes), view, static_cast<uint32_t>(count), state.encoding, times.front(), times.back()});
  }
  return chunks;
}

}  // namespace tocsin::store
