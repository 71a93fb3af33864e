// A file of /proc, /sys or a cgroup that is read again at each scrape.
//
// Opening such a file costs more than reading it: the path is walked through two or three file systems, and
// the descriptor is made and thrown away. A kept descriptor and pread() from the start give the present text
// for about a quarter of that.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::kernel {

/// Where texts are read into; shared by all the files that one thread reads one after another.
class ReadBuffer {
 public:
  ReadBuffer() : bytes_(size_t{16} << 10) {}

 private:
  friend class KernelFile;
  std::vector<char> bytes_;
};

/// Not thread safe.
class KernelFile {
 public:
  /// How the kernel hands the text out: in one piece, or record by record in pieces of a page at most, so
  /// that a read that fills less than it may is not yet the end. It is where each record is short (below 512
  /// bytes) and more than that was left of the page.
  enum class Shape { kWhole, kRecords, kShortRecords };
  enum class Keep { kOpen, kClosed };

  KernelFile() = default;
  explicit KernelFile(std::string path, Shape shape = Shape::kWhole, Keep keep = Keep::kOpen)
      : path_(std::move(path)), shape_(shape), keep_(keep) {}
  KernelFile(KernelFile&& other) noexcept { *this = std::move(other); }
  KernelFile& operator=(KernelFile&& other) noexcept;
  ~KernelFile() { Close(); }

  /// The text as it is now, in `buffer` until that is read into again. Nothing when the file is not there,
  /// may not be read, or went away (a cgroup's directory was removed): it is then left alone from there on.
  /// More than 16 MiB is cut off.
  std::optional<std::string_view> Read(ReadBuffer& buffer);

  /// False once it could not be read.
  bool there() const { return !path_.empty() && !gone_; }
  const std::string& path() const { return path_; }
  void Close();

 private:
  bool Open();
  std::optional<size_t> ReadAll(ReadBuffer& buffer);
  bool IsEnd(size_t got, size_t asked) const;

  std::string path_;
  Shape shape_ = Shape::kWhole;
  Keep keep_ = Keep::kOpen;
  int descriptor_ = -1;
  bool gone_ = false;
};

}  // namespace tocsin::kernel
