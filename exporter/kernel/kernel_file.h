// A file of /proc, /sys or a cgroup that is read again at each scrape.
//
// Opening such a file costs more than reading it: the path is walked through two or three file systems, and
// the descriptor is made and thrown away. A kept descriptor and pread() from the start give the present text
// for about a quarter of that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::kernel {

/// Where texts are read into; shared by all the files that one thread reads one after another.
class ReadBuffer {
 public:
  ReadBuffer() : bytes_(size_t{32} << 10) {}

 private:
  friend class Descriptor;
  friend class KernelFile;
  friend class FileBatch;
  std::vector<char> bytes_;
  std::vector<std::optional<size_t>> sizes_;  ///< of a batch
};

/// How the kernel hands a text out: in one piece, or record by record in pieces of a page at most, so that a
/// read that fills less than it may is not yet the end. It is where each record is short (below 512 bytes)
/// and more than that was left of the page.
enum class Shape : uint8_t { kWhole, kRecords, kShortRecords };
/// Whether the descriptor is kept between reads.
enum class Keep : uint8_t { kOpen, kClosed };

/// The descriptor of a file whose path is kept elsewhere. Not thread safe.
class Descriptor {
 public:
  Descriptor(Shape shape, Keep keep) : shape_(shape), keep_(keep) {}
  Descriptor(Descriptor&& other) noexcept { *this = std::move(other); }
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { Close(); }

  /// The size of the file's text, which stands in `buffer` from `start` on: as KernelFile::Read().
  std::optional<size_t> Read(const std::string& path, ReadBuffer& buffer, size_t start);
  bool gone() const { return gone_; }
  void Close();

 private:
  bool Open(const std::string& path);
  std::optional<size_t> ReadAll(ReadBuffer& buffer, size_t start) const;
  bool IsEnd(size_t got, size_t asked) const;

  int number_ = -1;
  Shape shape_ = Shape::kWhole;
  Keep keep_ = Keep::kOpen;
  bool gone_ = false;
};

/// Not thread safe.
class KernelFile {
 public:
  using Shape = kernel::Shape;
  using Keep = kernel::Keep;

  KernelFile() = default;
  explicit KernelFile(std::string path, Shape shape = Shape::kWhole, Keep keep = Keep::kOpen)
      : path_(std::move(path)), descriptor_(shape, keep) {}

  /// The text as it is now, in `buffer` until that is read into again. Nothing when the file is not there,
  /// may not be read, or went away (a cgroup's directory was removed): it is then left alone from there on.
  /// More than 16 MiB is cut off.
  std::optional<std::string_view> Read(ReadBuffer& buffer);

  /// False once it could not be read.
  bool there() const { return !path_.empty() && !descriptor_.gone(); }
  const std::string& path() const { return path_; }
  void Close() { descriptor_.Close(); }

 private:
  std::string path_;
  Descriptor descriptor_{Shape::kWhole, Keep::kOpen};
};

}  // namespace tocsin::kernel
