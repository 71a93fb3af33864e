// What a series holds at a moment.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <variant>

#include "base/time.h"

namespace tocsin::model {

/// A native histogram. Nothing produces one yet; the type stands here so that every room passes samples on
/// without assuming that they are floats.
struct Histogram;

using SampleValue = std::variant<double, std::shared_ptr<const Histogram>>;

/// One of many: a range vector's samples are floats, and histograms will stand beside them, as in Prometheus'
/// JSON, so that neither pays for the other.
struct FloatSample {
  Timestamp timestamp;
  double value = 0;
};

/// The marker that ends a series: a NaN known by its bits, and only by them (Prometheus' value.StaleNaN).
inline constexpr uint64_t kStaleNanBits = 0x7ff0000000000002;
/// The NaN that calculations and "NaN" in a scrape give (value.NormalNaN).
inline constexpr uint64_t kNormalNanBits = 0x7ff8000000000001;

inline double StaleNan() { return std::bit_cast<double>(kStaleNanBits); }
inline double NormalNan() { return std::bit_cast<double>(kNormalNanBits); }
inline bool IsStaleNan(double value) { return std::bit_cast<uint64_t>(value) == kStaleNanBits; }

}  // namespace tocsin::model
