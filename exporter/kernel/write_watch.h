// Which files someone wrote to, by inotify(7). It works for cgroups' files too, where a write is a process
// changing a setting; figures that the kernel itself counts on are no writes.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tocsin::kernel {

/// Not thread safe.
class WriteWatch {
 public:
  /// Some files, watched for as long as it is there.
  class Files {
   public:
    explicit Files(WriteWatch& watch) : watch_(watch) {}
    ~Files();
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;

    /// Whether one of them was written to between the Look() before this was last asked and the newest.
    bool TakeWritten() { return std::exchange(written_, false); }

   private:
    friend class WriteWatch;
    WriteWatch& watch_;
    std::vector<int> watches_;
    bool written_ = false;
  };

  /// Watches `most` files at once: other programs of the same user live off the same supply.
  explicit WriteWatch(size_t most) : most_(most) {}
  ~WriteWatch();
  WriteWatch(const WriteWatch&) = delete;
  WriteWatch& operator=(const WriteWatch&) = delete;

  /// Those of the files that are there. Nothing when one of them can't be watched, or there would be too
  /// many. The watch must outlive what it gives.
  std::unique_ptr<Files> Watch(std::span<const std::string> paths);
  /// Takes note of what was written to since the last time.
  void Look();

 private:
  void Drop(const Files& files);

  size_t most_;
  int descriptor_ = -1;
  std::unordered_map<int, Files*> watched_;
};

/// A quarter of the inotify watches that a user may have.
size_t WatchesToTake();

}  // namespace tocsin::kernel
