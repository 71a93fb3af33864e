// One open file of a log: an inode and how far it has been read, whatever its name is by now.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

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

/// Owns the descriptor. Not thread safe.
class LogFile {
 public:
  /// kNotFound, kPermission, kIo; kUnsupported for what is not a regular file.
  static Result<LogFile> Open(const std::string& path);
  LogFile(LogFile&& other) noexcept;
  LogFile& operator=(LogFile&&) = delete;
  ~LogFile();

  FileId id() const { return id_; }
  uint64_t offset() const { return offset_; }
  void SeekTo(uint64_t offset) { offset_ = offset; }
  /// By fstat(2); 0 when even that fails.
  uint64_t size() const;

  /// Bytes at the offset, which moves on; 0 at the end. kIo with the system's words.
  Result<size_t> Read(std::span<char> space);
  /// The byte before the offset is a newline, or the offset is 0: what comes is the beginning of a line.
  bool AtLineStart() const;

  /// False when the file is not the one it was, though the inode is: it is shorter than what was read of it,
  /// or begins with other bytes (copytruncate, grown again past the offset).
  bool Continues() const;
  /// Notes how the file begins, for Continues(). Call after reading.
  void TakeFingerprint();

 private:
  static constexpr size_t kFingerprintBytes = 256;

  LogFile(int descriptor, FileId id) : descriptor_(descriptor), id_(id) {}
  std::string ReadBeginning(size_t bytes) const;

  int descriptor_;
  FileId id_;
  uint64_t offset_ = 0;
  std::string fingerprint_;
};

}  // namespace tocsin::tail
