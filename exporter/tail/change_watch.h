// Tells when something happens to files, by inotify(7) on the pool.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/async/pool.h"
#include "base/error.h"

namespace tocsin::tail {

/// Only a hint that makes following fast: events may be missed (network file systems, a directory that does
/// not exist yet), so files are looked at from time to time in any case.
class ChangeWatch {
 public:
  /// `changed` is called on the pool, never two calls at once, and not after the destructor has returned
  /// unless it is running at that moment. kIo when the system has no inotify to give.
  static Result<std::unique_ptr<ChangeWatch>> Start(async::Pool& pool, std::function<void()> changed);
  ~ChangeWatch();

  /// Watches the file of that name, the one that it names now and those that it will. Call it again from
  /// time to time: a watch on a new file or directory begins only then.
  void Add(const std::string& path);

 private:
  class Impl;
  explicit ChangeWatch(std::shared_ptr<Impl> impl);

  std::shared_ptr<Impl> impl_;
};

}  // namespace tocsin::tail
