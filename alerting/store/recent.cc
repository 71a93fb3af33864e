#include "alerting/store/recent.h"

#include <algorithm>
#include <array>
#include <limits>

#include "alerting/store/codec.h"

namespace tocsin::store {
namespace {

/// Of whole numbers, all of which are exact as doubles.
bool IsNear(double value, int64_t first) {
  const int64_t difference = static_cast<int64_t>(value) - first;
  return difference >= std::numeric_limits<int32_t>::min() &&
         difference <= std::numeric_limits<int32_t>::max();
}

}  // namespace

bool RecentSamples::Reaches(int64_t time) const {
  constexpr uint64_t kFarthest = std::numeric_limits<uint32_t>::max();
  return size_ == 0 || static_cast<uint64_t>(time) - static_cast<uint64_t>(first_time_) <= kFarthest;
}

/// The form that holds one sample more.
RecentSamples::Form RecentSamples::FormWith(uint64_t offset, double value) {
  Form form = form_;
  if (form.even && size_ == 1) step_ = static_cast<uint32_t>(offset);
  if (form.even) form.even = offset == uint64_t{step_} * size_;
  if (form.whole) form.whole = IsWhole(value) && (size_ == 0 || IsNear(value, *first_value()));
  return form;
}

void RecentSamples::Append(int64_t time, double value) {
  if (size_ == 0) {
    first_time_ = time;
    step_ = 0;
  }
  const uint64_t offset = static_cast<uint64_t>(time) - static_cast<uint64_t>(first_time_);
  const Form form = FormWith(offset, value);
  if (!bytes_ || form != form_) Rebuild(0, form);
  if (!form_.even) offsets()[size_] = static_cast<uint32_t>(offset);
  if (!form_.whole) {
    doubles()[size_] = value;
  } else {
    if (size_ == 0) *first_value() = static_cast<int64_t>(value);
    differences()[size_] = static_cast<int32_t>(static_cast<int64_t>(value) - *first_value());
  }
  ++size_;
}

void RecentSamples::Copy(size_t from, size_t count, int64_t* times, double* values) const {
  if (form_.even) {
    int64_t time = count == 0 ? 0 : time_at(from);
    for (size_t i = 0; i < count; ++i, time += step_) times[i] = time;
  } else {
    for (size_t i = 0; i < count; ++i) times[i] = first_time_ + offsets()[from + i];
  }
  if (!form_.whole) {
    std::copy_n(doubles() + from, count, values);
    return;
  }
  // Both are exact, and so is their sum.
  const auto first = static_cast<double>(*first_value());
  const int32_t* const differences_from = differences() + from;
  for (size_t i = 0; i < count; ++i) values[i] = first + static_cast<double>(differences_from[i]);
}

/// The form that holds those from `from` on.
RecentSamples::Form RecentSamples::FormFrom(size_t from) const {
  Form form;
  const size_t left = size_ - from;
  const int64_t step = left > 1 ? time_at(from + 1) - time_at(from) : 0;
  for (size_t i = 2; i < left && form.even; ++i) {
    form.even = time_at(from + i) - time_at(from) == step * static_cast<int64_t>(i);
  }
  if (form_.whole || left == 0) return form;
  const double* const values = doubles() + from;
  form.whole = IsWhole(values[0]) && std::all_of(values, values + left, [&](double value) {
                 return IsWhole(value) && IsNear(value, static_cast<int64_t>(values[0]));
               });
  return form;
}

void RecentSamples::DropOldest(size_t count) {
  if (count == size_) {
    Clear();
    return;
  }
  Rebuild(count, FormFrom(count));
}

void RecentSamples::Clear() {
  bytes_.reset();
  size_ = 0;
  form_ = {};
}

/// Holds those from `from` on, perhaps in another form.
void RecentSamples::Rebuild(size_t from, Form form) {
  std::array<int64_t, kMost> times{};
  std::array<double, kMost> values{};
  const size_t left = size_ - from;
  if (left > 0) Copy(from, left, times.data(), values.data());
  // All the room at once: pieces of memory that grow leave holes behind that nothing else fits.
  if (!bytes_ || BytesOf(form) != BytesOf(form_)) {
    bytes_ = std::make_unique_for_overwrite<std::byte[]>(BytesOf(form));
  }
  form_ = form;
  size_ = static_cast<uint8_t>(left);
  if (left == 0) return;
  first_time_ = times[0];
  if (form.even && left > 1) step_ = static_cast<uint32_t>(times[1] - times[0]);
  for (size_t i = 0; i < left && !form.even; ++i)
    offsets()[i] = static_cast<uint32_t>(times[i] - first_time_);
  if (!form.whole) {
    std::copy_n(values.begin(), left, doubles());
    return;
  }
  *first_value() = static_cast<int64_t>(values[0]);
  for (size_t i = 0; i < left; ++i) {
    differences()[i] = static_cast<int32_t>(static_cast<int64_t>(values[i]) - *first_value());
  }
}

size_t RecentSamples::memory() const { return bytes_ ? BytesOf(form_) : 0; }

}  // namespace tocsin::store
