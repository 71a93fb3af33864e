// The cells of one column.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace tocsin::promql {

/// A fixed number of doubles, one a step. A single one, all that an instant query has, lies in the object
/// itself: rules make a column for each series that they look at.
class Cells {
 public:
  Cells() = default;
  /// `size` cells that nobody has set.
  static Cells Unset(size_t size) { return Cells(size); }
  Cells(size_t size, double value) : Cells(size) { std::fill(begin(), end(), value); }
  explicit Cells(std::span<const double> from) : Cells(from.size()) {
    std::copy(from.begin(), from.end(), begin());
  }
  Cells(const Cells& other) : Cells(std::span(other.begin(), other.size_)) {}
  Cells(Cells&& other) noexcept
      : size_(std::exchange(other.size_, 0)), many_(std::exchange(other.many_, nullptr)), one_(other.one_) {}
  Cells& operator=(const Cells& other) {
    if (this != &other) *this = Cells(other);
    return *this;
  }
  Cells& operator=(Cells&& other) noexcept {
    std::swap(size_, other.size_);
    std::swap(many_, other.many_);
    std::swap(one_, other.one_);
    return *this;
  }
  ~Cells() { delete[] many_; }

  size_t size() const { return size_; }
  double* begin() { return size_ > 1 ? many_ : &one_; }
  double* end() { return begin() + size_; }
  const double* begin() const { return size_ > 1 ? many_ : &one_; }
  const double* end() const { return begin() + size_; }
  double& operator[](size_t i) { return begin()[i]; }
  double operator[](size_t i) const { return begin()[i]; }

 private:
  explicit Cells(size_t size) : size_(size) {
    if (size > 1) many_ = new double[size];
  }

  size_t size_ = 0;
  double* many_ = nullptr;  // of more than one
  double one_ = 0;
};

}  // namespace tocsin::promql
