#include "exporter/tail/line_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tocsin::tail {

std::span<char> LineBuffer::Space() {
  const size_t size = end_ - begin_;
  if (size > kMaxLineBytes) {
    skip_ = Skip::kTooLong;
    skipped_bytes_ += size;
    begin_ = end_;
  }
  const size_t kept = end_ - begin_;
  if (kept == 0 && capacity_ > kReadBytes) {
    Resize(kReadBytes);
  } else if (begin_ > 0) {
    std::memmove(data_.get(), data_.get() + begin_, kept);
  }
  scanned_ -= begin_;
  begin_ = 0;
  end_ = kept;
  if (capacity_ - end_ < kReadBytes / 4) Resize(std::max(kReadBytes, capacity_ * 2));
  if (!scanner_) scanner_ = std::make_unique_for_overwrite<lines::MarkScanner>();
  return {data_.get() + end_, capacity_ - end_};
}

std::span<const lines::Line> LineBuffer::Next() {
  size_t count = 0;
  while (count == 0 && scanned_ < end_)
    count = scanned_ > begin_ || skip_ != Skip::kNothing ? EndLongLine() : TakeLines();
  return {lines_.data(), count};
}

/// Of a line that began in an earlier read, or is longer than one scan: looks for its end. Returns how many
/// lines that gives.
size_t LineBuffer::EndLongLine() {
  const char* newline = static_cast<const char*>(std::memchr(data_.get() + scanned_, '\n', end_ - scanned_));
  if (newline == nullptr) {
    if (skip_ != Skip::kNothing) {
      skipped_bytes_ += end_ - begin_;
      begin_ = end_;
    }
    scanned_ = end_;
    return 0;
  }
  const auto at = static_cast<size_t>(newline - data_.get());
  const bool is_too_long =
      skip_ == Skip::kTooLong || (skip_ == Skip::kNothing && at - begin_ > kMaxLineBytes);
  const bool is_whole = skip_ == Skip::kNothing && !is_too_long;
  if (is_too_long) ++too_long_lines_;
  if (is_whole) {
    if (lines_.empty()) lines_.resize(1);
    lines_[0] = std::string_view(data_.get() + begin_, at - begin_);
  }
  skip_ = Skip::kNothing;
  skipped_bytes_ = 0;
  begin_ = scanned_ = at + 1;
  return is_whole ? 1 : 0;
}

/// All lines that end in the next kMaxBytes; where none does, the line that begins there is a long one.
size_t LineBuffer::TakeLines() {
  const char* const origin = data_.get() + begin_;
  const size_t size = std::min(end_ - begin_, lines::MarkScanner::kMaxBytes);
  scanner_->Scan({origin, size});
  const std::span<const uint16_t> marks = scanner_->marks();
  const std::span<const uint16_t> newlines = scanner_->newlines();
  if (newlines.empty()) {
    scanned_ += size;
    return 0;
  }
  if (lines_.size() < newlines.size()) lines_.resize(newlines.size());
  size_t start = 0;
  size_t mark = 0;
  size_t count = marks_before_;
  for (size_t i = 0; i < newlines.size(); ++i) {
    const size_t newline = newlines[i];
    if (mark + count >= marks.size() || marks[mark + count] != newline) {
      for (count = 0; marks[mark + count] != newline; ++count) {
      }
    }
    lines::Line& line = lines_[i];
    line.text = {origin + start, newline - start};
    line.marks = marks.data() + mark;
    line.mark_count = count;
    line.origin = origin;
    start = newline + 1;
    mark += count + 1;
  }
  marks_before_ = count;
  begin_ += start;
  scanned_ = begin_;
  return newlines.size();
}

void LineBuffer::Settle() {
  scanner_.reset();
  lines_ = {};
  if (begin_ == end_) {
    data_.reset();
    capacity_ = begin_ = scanned_ = end_ = 0;
    return;
  }
  Resize(end_ - begin_);
  scanned_ -= begin_;
  end_ -= begin_;
  begin_ = 0;
}

void LineBuffer::Clear() {
  begin_ = scanned_ = end_ = 0;
  skip_ = Skip::kNothing;
  skipped_bytes_ = 0;
}

void LineBuffer::Resize(size_t capacity) {
  std::unique_ptr<char[]> grown(new char[capacity]);
  if (end_ > begin_) std::memcpy(grown.get(), data_.get() + begin_, end_ - begin_);
  data_ = std::move(grown);
  capacity_ = capacity;
}

}  // namespace tocsin::tail
