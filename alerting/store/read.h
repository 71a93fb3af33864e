// From chunks and columns to a series as queries see it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "alerting/model/series_source.h"
#include "alerting/store/chunk.h"

namespace tocsin::store {

/// Memory for the samples of one result, in few large pieces.
class Arena {
 public:
  struct Room {
    int64_t* times = nullptr;
    double* values = nullptr;
  };
  /// `expected`: samples that will be asked for in all.
  explicit Arena(size_t expected) : expected_(expected) {}

  /// Room for so many samples, valid until the next call or for as long as pin() lives.
  Room Reserve(size_t count);
  /// Keeps the first `count` of them.
  void Keep(size_t count) { used_ += count; }
  std::shared_ptr<const void> pin() const { return block_; }

 private:
  struct Block;
  size_t expected_;
  std::shared_ptr<Block> block_;
  size_t used_ = 0;
};

/// What there is of one series. Regular chunks come oldest first; late ones came after them.
struct Pieces {
  std::span<const PackedChunk> chunks;
  std::span<const int64_t> recent_times;  ///< columns, newer than every regular chunk
  std::span<const double> recent_values;
  std::span<const PackedChunk> late_chunks;
  const Columns* late = nullptr;

  size_t samples() const;
};

/// Writes the pieces' samples of the interval to `room`, which is for pieces.samples(), and returns how many
/// they are; where a time is there twice the first one counts. Damaged chunks are passed over and counted.
size_t Read(const Pieces& pieces, Interval interval, Arena::Room room, size_t& damaged);

/// Fills `series` with the pieces' samples of the interval as Read() does; false when there are none.
bool Assemble(const Pieces& pieces, Interval interval, Arena& arena, model::Series& series, size_t& damaged);

}  // namespace tocsin::store
