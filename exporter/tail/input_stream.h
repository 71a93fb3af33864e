// Standard input as a log: what a pipe brings, for as long as it does.
#pragma once

#include <cstdint>
#include <memory>

#include "base/async/pool.h"
#include "base/async/strand.h"
#include "base/log.h"
#include "exporter/tail/source.h"

namespace tocsin::tail {

/// What a user calls standard input.
inline constexpr const char* kStandardInput = "-";

/// `pool` must outlive it and be stopped before it is destroyed.
class InputStream {
 public:
  /// Reads `descriptor`, which stays the caller's, to its end; `sink` is called on `strand`. A last line
  /// without a newline counts.
  InputStream(int descriptor, async::Pool& pool, std::shared_ptr<async::Strand> strand, Logger log,
              LineSink sink);
  ~InputStream();

  /// On the strand.
  uint64_t too_long_lines() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

/// Reads all of `descriptor` at once; how many lines were too long. kIo with the system's words.
Result<uint64_t> ReadToEnd(int descriptor, const LineSink& sink);

}  // namespace tocsin::tail
