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
  return {data_.get() + end_, capacity_ - end_};
}

void LineBuffer::Commit(size_t bytes, std::vector<std::string_view>& lines) {
  end_ += bytes;
  while (scanned_ < end_) {
    const char* newline =
        static_cast<const char*>(std::memchr(data_.get() + scanned_, '\n', end_ - scanned_));
    if (newline == nullptr) {
      scanned_ = end_;
      break;
    }
    const auto at = static_cast<size_t>(newline - data_.get());
    if (skip_ == Skip::kTooLong || (skip_ == Skip::kNothing && at - begin_ > kMaxLineBytes)) {
      ++too_long_lines_;
    } else if (skip_ == Skip::kNothing) {
      lines.emplace_back(data_.get() + begin_, at - begin_);
    }
    skip_ = Skip::kNothing;
    skipped_bytes_ = 0;
    begin_ = scanned_ = at + 1;
  }
  if (skip_ != Skip::kNothing) {
    skipped_bytes_ += end_ - begin_;
    begin_ = end_;
  }
}

void LineBuffer::Settle() {
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
