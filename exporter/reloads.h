// Reading the configuration again while running: everything is read and built first, and only when nothing
// is wrong with any of it does all of it change.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/exposition/writer.h"
#include "base/log.h"

namespace tocsin::exporter {

/// Thread safe, once all parts are added.
class Reloads {
 public:
  /// Puts in force what was prepared; can't fail.
  using Commit = std::function<void()>;
  /// Reads and builds; all its faults, and then nothing has changed.
  using Part = std::function<Checked<Commit>()>;

  /// Counts the construction as the first success. `clock` must outlive it.
  Reloads(const Clock& clock, Logger log);

  /// Parts are committed in the order in which they were added.
  void Add(Part part) { parts_.push_back(std::move(part)); }
  /// One at a time; not for strands, as it reads files. The faults of all parts are logged and returned.
  Checked<void> Run();
  void Write(exposition::Writer& writer) const;

 private:
  const Clock& clock_;
  const Logger log_;
  std::vector<Part> parts_;
  std::mutex running_;
  std::atomic<bool> successful_ = true;
  std::atomic<int64_t> last_success_millis_;
};

}  // namespace tocsin::exporter
