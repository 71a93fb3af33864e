#include "alerting/store/files.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tocsin::store {
namespace {

tl::unexpected<Error> Failed(std::string_view what, const std::filesystem::path& path, int number) {
  const bool refused = number == EACCES || number == EPERM || number == EROFS;
  return Fail(refused ? ErrorCode::kPermission : ErrorCode::kIo,
              fmt::format("{} {}: {}", what, path.string(), std::generic_category().message(number)));
}

class SystemOutput final : public Files::Output {
 public:
  SystemOutput(int fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)) {}
  ~SystemOutput() override { close(fd_); }
  SystemOutput(const SystemOutput&) = delete;
  SystemOutput& operator=(const SystemOutput&) = delete;

  Status Write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return Failed("write", path_, errno);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return {};
  }

  Status Sync() override {
    if (fdatasync(fd_) != 0) return Failed("sync", path_, errno);
    return {};
  }

  Status Truncate(uint64_t size) override {
    const auto offset = static_cast<off_t>(size);
    if (ftruncate(fd_, offset) != 0 || lseek(fd_, offset, SEEK_SET) < 0) {
      return Failed("truncate", path_, errno);
    }
    return {};
  }

 private:
  int fd_;
  std::filesystem::path path_;
};

}  // namespace

Result<std::unique_ptr<Files::Output>> SystemFiles::Create(const std::filesystem::path& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (fd < 0) return Failed("create", path, errno);
  return std::make_unique<SystemOutput>(fd, path);
}

Status SystemFiles::Rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (rename(from.c_str(), to.c_str()) != 0) return Failed("rename", from, errno);
  return SyncFolder(to.parent_path());
}

Status SystemFiles::SyncFolder(const std::filesystem::path& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failed("open", folder, errno);
  const int outcome = fsync(fd) == 0 ? 0 : errno;
  close(fd);
  if (outcome != 0) return Failed("sync", folder, outcome);
  return {};
}

Status SystemFiles::Remove(const std::filesystem::path& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return Failed("remove", path, errno);
  return {};
}

Result<MappedFile> MappedFile::Open(const std::filesystem::path& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Failed("open", path, errno);
  struct stat about {};
  int outcome = fstat(fd, &about) == 0 ? 0 : errno;
  const auto size = static_cast<size_t>(about.st_size);
  void* at = nullptr;
  if (outcome == 0 && size > 0) {
    at = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) outcome = errno;
  }
  close(fd);
  if (outcome != 0) return Failed("map", path, outcome);
  return MappedFile(std::string_view(static_cast<const char*>(at), size));
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

Result<FolderLock> FolderLock::Take(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return Failed("create", folder, failed.value());
  const std::filesystem::path path = folder / "lock";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return Failed("open", path, errno);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int number = errno;
    close(fd);
    if (number == EWOULDBLOCK) {
      return Fail(ErrorCode::kUnavailable,
                  fmt::format("another process uses the folder {}", folder.string()));
    }
    return Failed("lock", path, number);
  }
  return FolderLock(fd);
}

FolderLock::FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FolderLock::~FolderLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace tocsin::store
