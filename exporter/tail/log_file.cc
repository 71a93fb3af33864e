#include "exporter/tail/log_file.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tocsin::tail {

namespace {

tl::unexpected<Error> SystemFailure(const std::string& path, int number) {
  const ErrorCode code = number == ENOENT || number == ENOTDIR ? ErrorCode::kNotFound
                         : number == EACCES || number == EPERM ? ErrorCode::kPermission
                                                               : ErrorCode::kIo;
  return Fail(code, path + ": " + std::generic_category().message(number));
}

}  // namespace

std::optional<FileId> IdentifyFile(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return FileId{status.st_dev, status.st_ino};
}

Result<LogFile> LogFile::Open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return SystemFailure(path, errno);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    return Fail(ErrorCode::kUnsupported, path + ": not a regular file");
  }
  return LogFile(descriptor, {status.st_dev, status.st_ino});
}

LogFile::LogFile(LogFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      id_(other.id_),
      offset_(other.offset_),
      fingerprint_(std::move(other.fingerprint_)) {}

LogFile::~LogFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

uint64_t LogFile::size() const {
  struct stat status {};
  return ::fstat(descriptor_, &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

Result<size_t> LogFile::Read(std::span<char> space) {
  while (true) {
    const ssize_t got = ::pread(descriptor_, space.data(), space.size(), static_cast<off_t>(offset_));
    if (got >= 0) {
      offset_ += static_cast<uint64_t>(got);
      return static_cast<size_t>(got);
    }
    if (errno != EINTR) return Fail(ErrorCode::kIo, std::generic_category().message(errno));
  }
}

bool LogFile::AtLineStart() const {
  if (offset_ == 0) return true;
  char before = 0;
  return ::pread(descriptor_, &before, 1, static_cast<off_t>(offset_ - 1)) == 1 && before == '\n';
}

bool LogFile::Continues() const {
  return size() >= offset_ && ReadBeginning(fingerprint_.size()) == fingerprint_;
}

void LogFile::TakeFingerprint() {
  const size_t known = std::min<uint64_t>(offset_, kFingerprintBytes);
  if (fingerprint_.size() < known) fingerprint_ = ReadBeginning(known);
}

std::string LogFile::ReadBeginning(size_t bytes) const {
  std::string text(bytes, '\0');
  const ssize_t got = bytes == 0 ? 0 : ::pread(descriptor_, text.data(), bytes, 0);
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return text;
}

}  // namespace tocsin::tail
