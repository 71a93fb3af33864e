#include "exporter/kernel/kernel_file.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace tocsin::kernel {

namespace {

constexpr size_t kMaxBytes = size_t{16} << 20;
constexpr size_t kRoom = size_t{16} << 10;
/// What a read of records comes to at least before the kernel stops ahead of the next: its buffer is a page.
constexpr size_t kLeastOfRecords = size_t{4096} - 512;

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this == &other) return *this;
  Close();
  number_ = std::exchange(other.number_, -1);
  shape_ = other.shape_;
  keep_ = other.keep_;
  gone_ = std::exchange(other.gone_, true);
  return *this;
}

void Descriptor::Close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

std::optional<size_t> Descriptor::Read(const std::string& path, ReadBuffer& buffer, size_t start) {
  if (gone_ || (number_ < 0 && !Open(path))) return std::nullopt;
  const std::optional<size_t> size = ReadAll(buffer, start);
  if (!size || keep_ == Keep::kClosed) Close();
  gone_ = !size;
  return size;
}

bool Descriptor::Open(const std::string& path) {
  number_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  // Want of descriptors passes; everything else is the file's own.
  if (number_ < 0) gone_ = errno != EMFILE && errno != ENFILE && errno != EINTR;
  return number_ >= 0;
}

/// A text that is longer than what is left of the buffer may be read in pieces, each of another moment: there
/// is always room for more than those that matter are long.
std::optional<size_t> Descriptor::ReadAll(ReadBuffer& buffer, size_t start) const {
  std::vector<char>& bytes = buffer.bytes_;
  if (bytes.size() - start < kRoom) bytes.resize(start + 2 * kRoom);
  size_t size = 0;
  while (true) {
    const size_t room = bytes.size() - start - size;
    const ssize_t got = ::pread(number_, bytes.data() + start + size, room, static_cast<off_t>(size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    size += static_cast<size_t>(got);
    if (IsEnd(static_cast<size_t>(got), room) || size >= kMaxBytes) return size;
    if (start + size == bytes.size()) bytes.resize(bytes.size() * 2);
  }
}

bool Descriptor::IsEnd(size_t got, size_t asked) const {
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

std::optional<std::string_view> KernelFile::Read(ReadBuffer& buffer) {
  if (path_.empty()) return std::nullopt;
  const std::optional<size_t> size = descriptor_.Read(path_, buffer, 0);
  if (!size) return std::nullopt;
  return std::string_view(buffer.bytes_.data(), *size);
}

}  // namespace tocsin::kernel
