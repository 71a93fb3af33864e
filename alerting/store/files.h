// The file system as the store uses it: an interface, so that tests can make a disk full or slow.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tocsin::store {

/// Thread safe. Errors are kIo, or kPermission, with the system's words and the path.
class Files {
 public:
  /// A file that is written from its beginning to its end. Not thread safe. Closed, without a sync, when
  /// destroyed.
  class Output {
   public:
    virtual ~Output() = default;
    /// All of it; after a failure an unknown part may be in the file, until Truncate().
    virtual Status Write(std::string_view bytes) = 0;
    virtual Status Sync() = 0;
    virtual Status Truncate(uint64_t size) = 0;  ///< and go on writing there
  };

  virtual ~Files() = default;
  /// A new file, or an old one emptied.
  virtual Result<std::unique_ptr<Output>> Create(const std::filesystem::path& path) = 0;
  /// Replaces `to`, and makes that durable.
  virtual Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  /// Makes what was created or removed in the folder durable.
  virtual Status SyncFolder(const std::filesystem::path& folder) = 0;
  virtual Status Remove(const std::filesystem::path& path) = 0;
};

class SystemFiles final : public Files {
 public:
  Result<std::unique_ptr<Output>> Create(const std::filesystem::path& path) override;
  Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Status SyncFolder(const std::filesystem::path& folder) override;
  Status Remove(const std::filesystem::path& path) override;
};

/// A file's bytes, mapped read-only. Empty files map to nothing.
class MappedFile {
 public:
  static Result<MappedFile> Open(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();
  std::string_view bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::string_view bytes) : bytes_(bytes) {}
  std::string_view bytes_;
};

/// Keeps other processes out of a folder for as long as it lives.
class FolderLock {
 public:
  /// Makes the folder when it is not there. kUnavailable: another process has it.
  static Result<FolderLock> Take(const std::filesystem::path& folder);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace tocsin::store
