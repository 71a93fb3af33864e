// The newest samples of one series, in one small piece of memory.
//
// Scrapes come at even times, and most series are counters of whole numbers. So times are one first and one
// step while they are even, and values are one first and differences of four bytes while they are whole and
// near each other: four bytes a sample, where a time and a double are sixteen. What does not fit makes that
// part plain, until the samples that it was for have left.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace tocsin::store {

/// Written by one thread at a time; the store's lock orders writers and readers.
class RecentSamples {
 public:
  static constexpr size_t kMost = 24;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// Whether Append() can take the time, which is later than all before: not when the first is 49 days ago.
  bool Reaches(int64_t time) const;
  /// There is room (size() < kMost), and the time is later than all before.
  void Append(int64_t time, double value);
  /// Drops the `count` oldest.
  void DropOldest(size_t count);
  void Clear();

  int64_t first_time() const { return first_time_; }
  int64_t last_time() const { return time_at(size_ - 1U); }
  int64_t time_at(size_t i) const { return first_time_ + offset_at(i); }
  /// Copies the `count` samples from `from` on.
  void Copy(size_t from, size_t count, int64_t* times, double* values) const;

  /// Bytes of memory beyond the object's own.
  size_t memory() const;

 private:
  struct Form {
    bool even = true;   ///< times are `step_` apart, and none is kept
    bool whole = true;  ///< values are kept as differences from the first
    friend bool operator==(const Form&, const Form&) = default;
  };
  static constexpr size_t BytesOf(Form form) {
    return (form.whole ? sizeof(int64_t) + kMost * sizeof(int32_t) : kMost * sizeof(double)) +
           (form.even ? 0 : kMost * sizeof(uint32_t));
  }
  Form FormWith(uint64_t offset, double value);
  Form FormFrom(size_t from) const;
  void Rebuild(size_t from, Form form);

  int64_t offset_at(size_t i) const {
    return form_.even ? int64_t{step_} * static_cast<int64_t>(i) : offsets()[i];
  }
  // In bytes_: the first value and differences, or values; then times, if these are uneven.
  int64_t* first_value() const { return reinterpret_cast<int64_t*>(bytes_.get()); }
  int32_t* differences() const { return reinterpret_cast<int32_t*>(bytes_.get() + sizeof(int64_t)); }
  double* doubles() const { return reinterpret_cast<double*>(bytes_.get()); }
  uint32_t* offsets() const {
    return reinterpret_cast<uint32_t*>(bytes_.get() + BytesOf({true, form_.whole}));
  }

  std::unique_ptr<std::byte[]> bytes_;
  int64_t first_time_ = 0;
  uint32_t step_ = 0;
  uint8_t size_ = 0;
  Form form_;
};

}  // namespace tocsin::store
