// The bound on how many series a log's content can make us keep.
#pragma once

#include <cstdint>

#include "exporter/checkpoint/codec.h"

namespace tocsin::traffic {

/// Whoever wants to open series asks first; who is refused counts into its overflow series "other" instead.
class SeriesBudget {
 public:
  explicit SeriesBudget(uint64_t limit) : limit_(limit) {}

  bool Take(uint64_t series) {
    if (used_ + series > limit_ && !restoring_) return false;
    used_ += series;
    return true;
  }
  /// For overflow series and what the configuration names: these are never refused.
  void TakeAnyway(uint64_t series) { used_ += series; }
  /// Series that were taken are exposed no more.
  void GiveBack(uint64_t series) { used_ -= series; }
  /// Something was counted into an overflow series.
  void Folded() { ++folded_; }

  /// While what a checkpoint holds is put in, nothing is refused: it was not then.
  void SetRestoring(bool restoring) { restoring_ = restoring; }

  void Save(checkpoint::Writer& out) const { out.Int(folded_); }
  void Restore(checkpoint::Reader& in) { folded_ = in.Int(); }

  bool HasRoom() const { return used_ < limit_ || restoring_; }
  uint64_t used() const { return used_; }
  uint64_t folded() const { return folded_; }

 private:
  uint64_t limit_;
  uint64_t used_ = 0;
  uint64_t folded_ = 0;
  bool restoring_ = false;
};

}  // namespace tocsin::traffic
