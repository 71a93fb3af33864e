// A segment file: the compressed samples of many series over a span of time, mapped, never changed.
//
// It holds the labels of its series too, so that it can be read when everything else is lost; usually nobody
// looks at them, as the checkpoint has them all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "alerting/model/labels.h"
#include "alerting/store/chunk.h"
#include "alerting/store/files.h"
#include "alerting/store/postings.h"

namespace tocsin::store {

/// What a segment says of itself.
struct SegmentInfo {
  uint64_t number = 0;  ///< from its name; greater is newer
  uint32_t level = 0;   ///< 0 as sealed, more with each merge
  bool backfill = false;
  int64_t first = 0;  ///< time of its oldest sample
  int64_t last = 0;
  uint64_t samples = 0;
  uint64_t bytes = 0;              ///< of the file
  std::vector<uint64_t> replaces;  ///< numbers of those that it was merged of
};

/// Thread safe; readers keep it alive by PackedChunk::owner.
class Segment : public std::enable_shared_from_this<Segment> {
 public:
  /// Where the last look-up ended; look-ups ascending by number are then short.
  struct Cursor {
    size_t at = 0;
  };

  /// Maps the file, and checks the checksum of its index. kInvalidArgument: it is damaged.
  static Result<std::shared_ptr<const Segment>> Open(const std::filesystem::path& path, uint64_t number);
  /// The same of a file's bytes in memory.
  static Result<std::shared_ptr<const Segment>> FromBytes(std::string bytes, uint64_t number);

  const SegmentInfo& info() const { return info_; }
  const std::filesystem::path& path() const { return path_; }

  /// Appends the series' chunks that may hold samples of the interval, oldest first. Those whose checksum is
  /// wrong are left out; returns how many.
  size_t Chunks(SeriesId id, Interval interval, Cursor& cursor, std::vector<PackedChunk>& chunks) const;
  /// Whether a chunk of the series overlaps the interval.
  bool MayOverlap(SeriesId id, Interval interval, Cursor& cursor) const;

  size_t series() const { return series_.size(); }
  SeriesId IdAt(size_t i) const { return series_[i].id; }
  /// The time of the series' newest sample.
  int64_t LastAt(size_t i) const;

  /// Reads labels of the segment, which outlives it.
  class LabelReader {
   public:
    explicit LabelReader(const Segment& segment);
    /// Of the series at that place; empty when they are malformed.
    model::Labels At(size_t i) const;

   private:
    const Segment& segment_;
    std::vector<std::string_view> texts_;
  };

 private:
  friend class SegmentWriter;
  // As they stand in the file.
  struct SeriesEntry {
    uint32_t id = 0;
    uint32_t first_chunk = 0;
    uint32_t chunks = 0;
    uint32_t labels_at = 0;  // in the labels' section
  };
  struct ChunkEntry {
    int64_t first = 0;
    int64_t last = 0;
    uint64_t offset = 0;
    uint32_t size = 0;
    uint32_t count = 0;
    uint32_t checksum = 0;
    uint32_t encoding = 0;
  };
  struct Footer;

  Segment() = default;
  Status Read(std::string_view bytes);
  std::span<const ChunkEntry> Find(SeriesId id, Cursor& cursor) const;

  std::filesystem::path path_;
  std::unique_ptr<MappedFile> file_;
  std::string owned_;  // instead of file_
  std::string_view bytes_;
  SegmentInfo info_;
  std::string_view symbols_;
  std::string_view labels_;
  std::span<const SeriesEntry> series_;
  std::span<const ChunkEntry> chunks_;
};

/// Writes one. The file appears under its name whole and synced, or not at all.
class SegmentWriter {
 public:
  /// `path` is the final one; what is written before Finish() stands beside it with ".tmp".
  static Result<SegmentWriter> Create(const std::filesystem::path& path, Files& files);
  SegmentWriter(SegmentWriter&&) noexcept;
  ~SegmentWriter();

  /// Ascending by number; chunks oldest first, not empty.
  Status Add(SeriesId id, const model::Labels& labels, std::span<const PackedChunk> chunks);
  bool empty() const { return series_.empty(); }
  /// Of `info` the level, whether it is backfill, and what it replaces count.
  Status Finish(const SegmentInfo& info);

 private:
  SegmentWriter(std::filesystem::path path, Files& files, std::unique_ptr<Files::Output> out);
  uint32_t SymbolOf(std::string_view text);
  Status Flush(bool all);

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  Files* files_;
  std::unique_ptr<Files::Output> out_;
  std::string buffer_;
  uint64_t offset_ = 0;
  std::unordered_map<std::string, uint32_t> known_symbols_;
  std::string symbols_;
  std::string labels_;
  std::vector<Segment::SeriesEntry> series_;
  std::vector<Segment::ChunkEntry> chunks_;
};

/// Encodes samples, ascending by time, as chunks of the usual size.
std::vector<PackedChunk> Pack(const Columns& columns);

/// "00000012.segment".
std::string SegmentFileName(uint64_t number);

}  // namespace tocsin::store
