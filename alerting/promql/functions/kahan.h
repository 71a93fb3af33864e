// Compensated summation after Kahan, with Neumaier's improvement, exactly as Prometheus sums: so that results
// are the same to the last bit.
#pragma once

#include <cmath>

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
