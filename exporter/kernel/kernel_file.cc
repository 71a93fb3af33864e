#include "exporter/kernel/kernel_file.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace tocsin::kernel {

namespace {

constexpr size_t kMaxBytes = size_t{16} << 20;
/// What a read of records comes to at least before the kernel stops ahead of the next: its buffer is a page.
constexpr size_t kLeastOfRecords = size_t{4096} - 512;

}  // namespace

KernelFile& KernelFile::operator=(KernelFile&& other) noexcept {
  if (this == &other) return *this;
  Close();
  path_ = std::move(other.path_);
  shape_ = other.shape_;
  keep_ = other.keep_;
  descriptor_ = std::exchange(other.descriptor_, -1);
  gone_ = std::exchange(other.gone_, true);
  return *this;
}

void KernelFile::Close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

std::optional<std::string_view> KernelFile::Read(ReadBuffer& buffer) {
  if (!there() || (descriptor_ < 0 && !Open())) return std::nullopt;
  const std::optional<size_t> size = ReadAll(buffer);
  if (!size || keep_ == Keep::kClosed) Close();
  if (!size) {
    gone_ = true;
    return std::nullopt;
  }
  return std::string_view(buffer.bytes_.data(), *size);
}

bool KernelFile::Open() {
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  // Want of descriptors passes; everything else is the file's own.
  if (descriptor_ < 0) gone_ = errno != EMFILE && errno != ENFILE && errno != EINTR;
  return descriptor_ >= 0;
}

std::optional<size_t> KernelFile::ReadAll(ReadBuffer& buffer) {
  std::vector<char>& bytes = buffer.bytes_;
  size_t size = 0;
  while (true) {
    const size_t room = bytes.size() - size;
    const ssize_t got = ::pread(descriptor_, bytes.data() + size, room, static_cast<off_t>(size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    size += static_cast<size_t>(got);
    if (IsEnd(static_cast<size_t>(got), room) || size >= kMaxBytes) return size;
    if (size == bytes.size()) bytes.resize(bytes.size() * 2);
  }
}

bool KernelFile::IsEnd(size_t got, size_t asked) const {
  switch (shape_) {
    case Shape::kWhole:
      return got < asked;
    case Shape::kShortRecords:
      return got < std::min(asked, kLeastOfRecords);
    case Shape::kRecords:
      break;
  }
  return got == 0;
}

}  // namespace tocsin::kernel
