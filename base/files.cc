#include "base/files.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tocsin {
namespace {

/// Closes what it holds.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<Error> SystemError(std::string_view what, const std::filesystem::path& path, int number) {
  ErrorCode code = number == ENOENT || number == ENOTDIR ? ErrorCode::kNotFound
                   : number == EACCES || number == EPERM ? ErrorCode::kPermission
                                                         : ErrorCode::kIo;
  return Fail(code, fmt::format("{} {}: {}", what, path.string(), std::generic_category().message(number)));
}

Status WriteAll(int fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("write", path, errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

/// A rename is durable only once its folder is.
Status SyncFolder(const std::filesystem::path& folder) {
  Descriptor fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || fsync(fd.get()) != 0) return SystemError("sync", folder, errno);
  return {};
}

}  // namespace

Result<std::string> ReadFile(const std::filesystem::path& path, size_t max_bytes) {
  Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return SystemError("open", path, errno);
  std::string bytes;
  constexpr size_t kStep = size_t{64} << 10;
  while (true) {
    size_t old_size = bytes.size();
    bytes.resize(old_size + kStep);
    ssize_t count = read(fd.get(), bytes.data() + old_size, kStep);
    if (count < 0 && errno == EINTR)
      count = 0;
    else if (count < 0)
      return SystemError("read", path, errno);
    else if (count == 0) {
      bytes.resize(old_size);
      return bytes;
    }
    bytes.resize(old_size + static_cast<size_t>(count));
    if (bytes.size() > max_bytes) {
      return Fail(ErrorCode::kResourceExhausted,
                  fmt::format("read {}: larger than the limit of {} bytes", path.string(), max_bytes));
    }
  }
}

Status WriteFileAtomically(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::string temporary = (folder / ("." + path.filename().string() + ".XXXXXX")).string();
  Status status;
  {
    Descriptor fd(mkostemp(temporary.data(), O_CLOEXEC));
    if (fd.get() < 0) return SystemError("create", temporary, errno);
    struct stat old {};
    mode_t mode = stat(path.c_str(), &old) == 0 ? old.st_mode & 07777 : 0640;
    status = WriteAll(fd.get(), bytes, temporary);
    if (status && fchmod(fd.get(), mode) != 0) status = SystemError("chmod", temporary, errno);
    if (status && fsync(fd.get()) != 0) status = SystemError("sync", temporary, errno);
  }
  if (status && rename(temporary.c_str(), path.c_str()) != 0) status = SystemError("rename", path, errno);
  if (!status) {
    unlink(temporary.c_str());
    return status;
  }
  return SyncFolder(folder);
}

Result<std::vector<std::filesystem::path>> Glob(const std::string& pattern) {
  glob_t found{};
  int outcome = glob(pattern.c_str(), 0, nullptr, &found);
  std::vector<std::filesystem::path> paths(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  if (outcome != 0 && outcome != GLOB_NOMATCH) {
    return Fail(ErrorCode::kIo, fmt::format("can't list files matching {}", pattern));
  }
  return paths;
}

std::filesystem::path RelativeTo(const std::filesystem::path& file, const std::filesystem::path& path) {
  return path.is_absolute() ? path : file.parent_path() / path;
}

}  // namespace tocsin
