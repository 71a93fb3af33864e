// One open file of a log: an inode and how far it has been read, whatever its name is by now.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "base/error.h"

namespace tocsin::tail {

struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const FileId&, const FileId&) = default;
};

/// What a path names at this moment, by stat(2); nullopt when nothing.
std::optional<FileId> IdentifyFile(const std::string& path);

/// How much of a file's beginning tells it from others.
inline constexpr size_t kFingerprintBytes = 1024;

/// Whether two beginnings, each as far as it is known, are of one log or of a copy of it. Too little to tell
/// is a no.
bool SameBeginning(std::string_view a, std::string_view b);

/// Owns the descriptor. Not thread safe.
class LogFile {
 public:
  /// kNotFound, kPermission, kIo; kUnsupported for what is not a regular file.
  static Result<LogFile> Open(const std::string& path);
  LogFile(LogFile&& other) noexcept;
  LogFile& operator=(LogFile&& other) noexcept;
  ~LogFile();

  FileId id() const { return id_; }
  uint64_t offset() const { return offset_; }
  /// By fstat(2); 0 when even that fails.
  uint64_t size() const;
  /// The largest size that Continues() has seen while it did.
  uint64_t seen_size() const { return seen_size_; }
  /// When anything was last done to it (its ctime), in nanoseconds; 0 when that can't be known.
  int64_t changed_at() const;
  /// No name in any folder leads to it any more.
  bool is_deleted() const;
  /// How it began when that was read, as far as it has been read.
  const std::string& fingerprint() const { return fingerprint_; }

  /// Begins at `offset`; the fingerprint is how the file begins now.
  void JoinAt(uint64_t offset);
  /// Goes on from where an earlier reading stopped.
  void ResumeAt(uint64_t offset, std::string fingerprint);

  /// Bytes at the offset, 0 at the end. They are the log's only if Continues() says so *afterwards*, since a
  /// writer may truncate and write anew at any moment; then Accept() them. kIo with the system's words.
  Result<size_t> Read(std::span<char> space) const;
  /// False when the file is not the one it was, though the inode is: it is shorter than what was read of it,
  /// or begins with other bytes (copytruncate, grown again past the offset).
  bool Continues();
  /// Moves the offset past bytes read.
  void Accept(std::span<const char> bytes);

  /// The byte before the offset is a newline, or the offset is 0: what comes is the beginning of a line.
  bool AtLineStart() const;
  /// How it begins now: at most `bytes`, less when it is shorter.
  std::string ReadBeginning(size_t bytes = kFingerprintBytes) const;

 private:
  LogFile(int descriptor, FileId id) : descriptor_(descriptor), id_(id) {}

  int descriptor_;
  FileId id_;
  uint64_t offset_ = 0;
  uint64_t seen_size_ = 0;
  std::string fingerprint_;
};

}  // namespace tocsin::tail
