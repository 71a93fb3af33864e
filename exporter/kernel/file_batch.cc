#include "exporter/kernel/file_batch.h"

namespace tocsin::kernel {

void FileBatch::Add(std::string path, KernelFile::Shape shape) {
  files_.emplace_back(shape, keep_);
  paths_.push_back(std::move(path));
}

void FileBatch::Read(ReadBuffer& buffer, std::span<std::optional<std::string_view>> texts) {
  std::vector<std::optional<size_t>>& sizes = buffer.sizes_;
  sizes.clear();
  size_t used = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::optional<size_t> size = files_[i].Read(paths_[i], buffer, used);
    sizes.push_back(size);
    used += size.value_or(0);
  }
  const char* at = buffer.bytes_.data();  // from here on it stays where it is
  for (size_t i = 0; i < texts.size(); ++i) {
    texts[i] = sizes[i] ? std::optional(std::string_view(at, *sizes[i])) : std::nullopt;
    at += sizes[i].value_or(0);
  }
}

}  // namespace tocsin::kernel
