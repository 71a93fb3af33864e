// Bytes to lines, without copying: bytes are read into the buffer and lines are views into it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "exporter/lines/line.h"
#include "exporter/lines/mark_scanner.h"

namespace tocsin::tail {

/// Lines of one file. Grows beyond its 256 KiB only for a longer line, and shrinks again after it; between
/// two bursts of reading it keeps no more than the partial line. Not thread safe.
class LineBuffer {
 public:
  /// What is being left out of the bytes, up to the next newline.
  enum class Skip : uint8_t {
    kNothing,
    kFragment,  ///< a line whose beginning was not read
    kTooLong,
  };

  static constexpr size_t kReadBytes = size_t{256} << 10;
  static constexpr size_t kMaxLineBytes = size_t{1} << 20;  ///< longer lines are counted and skipped

  /// Where the next bytes go; never empty. The lines given out before are void then.
  std::span<char> Space();
  /// `bytes` were put into Space(). What Next() gives has to be taken before there is space again.
  void Commit(size_t bytes) { end_ += bytes; }
  /// The next lines that are whole, some 16 KiB of them; none when there are no more. Those before are void.
  std::span<const lines::Line> Next();

  /// Gives memory back that is not needed until more comes. The lines given out before are void then.
  void Settle();

  /// What has come of a line that has not ended.
  std::string_view partial() const { return {data_.get() + begin_, end_ - begin_}; }
  uint64_t partial_bytes() const { return skipped_bytes_ + (end_ - begin_); }
  uint64_t too_long_lines() const { return too_long_lines_; }

  /// Forgets the partial line.
  void Clear();
  /// The next bytes belong to a line whose beginning was not read: they are dropped up to its newline.
  void SkipToNewline() { skip_ = Skip::kFragment; }

  Skip skip() const { return skip_; }
  /// Of the line that is being skipped.
  uint64_t skipped_bytes() const { return skipped_bytes_; }
  /// Goes on in the middle of a line that was being skipped.
  void ResumeSkipping(Skip skip, uint64_t skipped_bytes) {
    skip_ = skip;
    skipped_bytes_ = skipped_bytes;
  }

 private:
  size_t EndLongLine();
  size_t TakeLines();
  void Resize(size_t capacity);

  std::unique_ptr<char[]> data_;
  std::unique_ptr<lines::MarkScanner> scanner_;  ///< there between Space() and Settle()
  std::vector<lines::Line> lines_;               ///< the first of them are those given out last
  size_t capacity_ = 0;
  size_t begin_ = 0;    ///< of the partial line
  size_t scanned_ = 0;  ///< no newline between begin_ and here
  size_t end_ = 0;
  size_t marks_before_ = 0;  ///< in the line before: nearly every line has as many
  Skip skip_ = Skip::kNothing;
  uint64_t skipped_bytes_ = 0;  ///< of the line that is being skipped
  uint64_t too_long_lines_ = 0;
};

}  // namespace tocsin::tail
