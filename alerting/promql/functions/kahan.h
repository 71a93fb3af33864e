// Compensated summation after Kahan, with Neumaier's improvement, exactly as Prometheus sums: so that results
// are the same to the last bit.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace tocsin::promql {

struct KahanSum {
  double sum = 0;
  double compensation = 0;

  void Add(double value) {
    double total = sum + value;
    if (std::isinf(total))
      compensation = 0;
    else if (std::fabs(sum) >= std::fabs(value))
      compensation += (sum - total) + value;
    else
      compensation += (value - total) + sum;
    sum = total;
  }
  double result() const { return sum + compensation; }
};

/// Two numbers in a register, and masks of them.
using Two = double __attribute__((vector_size(16)));
using TwoBits = int64_t __attribute__((vector_size(16)));

inline Two Magnitude(Two value) {
  constexpr int64_t kAllButSign = std::numeric_limits<int64_t>::max();
  return std::bit_cast<Two>(std::bit_cast<TwoBits>(value) & TwoBits{kAllButSign, kAllButSign});
}
/// `a` where the mask is set, else `b`.
inline Two Where(TwoBits first, Two a, Two b) {
  return std::bit_cast<Two>((std::bit_cast<TwoBits>(a) & first) | (std::bit_cast<TwoBits>(b) & ~first));
}

/// KahanSum, twice, by the very steps that one takes.
struct TwoKahanSums {
  Two sum{};
  Two compensation{};

  void Add(Two value) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const Two total = sum + value;
    const TwoBits larger = Magnitude(sum) >= Magnitude(value);
    const Two lost = Where(larger, (sum - total) + value, (value - total) + sum);
    const TwoBits infinite = Magnitude(total) == Two{kInfinity, kInfinity};
    compensation = Where(infinite, Two{}, compensation + lost);
    sum = total;
  }
  Two result() const { return sum + compensation; }
};

/// A mean that sums as long as that does not overflow, and goes on incrementally from there.
struct RunningMean {
  KahanSum total;  // of the values, or the mean itself once `incremental`
  double count = 0;
  bool incremental = false;

  void Add(double value) {
    ++count;
    if (count == 1) {
      total.sum = value;
      return;
    }
    if (!incremental) {
      KahanSum next = total;
      next.Add(value);
      if (!std::isinf(next.sum)) {
        total = next;
        return;
      }
      incremental = true;
      total.sum /= count - 1;
      total.compensation /= count - 1;
    }
    double weight = (count - 1) / count;
    total.sum *= weight;
    total.compensation *= weight;
    total.Add(value / count);
  }
  double result() const {
    return incremental ? total.result() : total.sum / count + total.compensation / count;
  }
};

}  // namespace tocsin::promql
