// Files that are read together at each scrape.
//
// Their texts are looked at once all are read. To go back and forth between the kernel and parsers after each
// would have each drive the other's code and page tables out of the processor's caches.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/kernel/kernel_file.h"

namespace tocsin::kernel {

/// Not thread safe.
class FileBatch {
 public:
  FileBatch() = default;
  explicit FileBatch(KernelFile::Keep keep) : keep_(keep) {}

  void Add(std::string path, KernelFile::Shape shape = KernelFile::Shape::kWhole);
  size_t size() const { return files_.size(); }

  /// The texts of the first `texts.size()` files in the order in which they were added, each as by
  /// KernelFile::Read(); all of them are in `buffer` until that is read into again.
  void Read(ReadBuffer& buffer, std::span<std::optional<std::string_view>> texts);

 private:
  KernelFile::Keep keep_ = KernelFile::Keep::kOpen;
  std::vector<Descriptor> files_;  ///< apart from the paths, which are seldom wanted
  std::vector<std::string> paths_;
};

}  // namespace tocsin::kernel
