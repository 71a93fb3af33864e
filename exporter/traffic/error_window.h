// How many of the last requests were errors.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/exposition/writer.h"
#include "base/time.h"
#include "exporter/checkpoint/codec.h"

namespace tocsin::traffic {

/// The last `size` requests, none older than five minutes. A breach is the moment in which the ratio comes to
/// exceed the threshold, so that one which begins and ends between two scrapes is still counted.
class ErrorWindow {
 public:
  static constexpr Duration kMaxAge{5 * 60 * 1000};
  static constexpr size_t kMinRequests = 20;  ///< fewer have no ratio

  /// `size` at least 1; `threshold` between 0 and 1.
  ErrorWindow(size_t size, double threshold);

  void Add(Timestamp at, bool is_error) {
    // Nearly always the window is full, and what leaves it is like what comes: then the ratio stays as it
    // was.
    Request& oldest = ring_[oldest_];
    if (count_ != ring_.size() || oldest.is_error != is_error || at - oldest.at > kMaxAge)
      return AddAny(at, is_error);
    oldest.at = at;
    next_ = oldest_ = Following(oldest_);
  }
  /// Lets go of what is too old at `now`.
  void Expire(Timestamp now);

  size_t requests() const { return count_; }
  std::optional<double> ratio() const;
  uint64_t breaches() const { return breaches_; }

  void Write(exposition::Writer& writer) const;

  void Save(checkpoint::Writer& out) const;
  /// Into one that has seen nothing. When its size is smaller than the saved one's was, the latest requests
  /// stay.
  Status Restore(checkpoint::Reader& in);

 private:
  struct Request {
    Timestamp at;
    bool is_error;
  };

  void AddAny(Timestamp at, bool is_error);
  size_t Following(size_t place) const { return place + 1 == ring_.size() ? 0 : place + 1; }
  void Put(Timestamp at, bool is_error);
  void DropOldest();
  void NoteCrossing();

  std::vector<Request> ring_;
  size_t next_ = 0;    ///< where the next request goes
  size_t oldest_ = 0;  ///< `count_` before it
  size_t count_ = 0;
  size_t errors_ = 0;
  double threshold_;
  bool breached_ = false;
  uint64_t breaches_ = 0;
};

}  // namespace tocsin::traffic
