#include "exporter/tail/log_file.h"

#include <algorithm>
#include <array>
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

bool SameBeginning(std::string_view a, std::string_view b) {
  constexpr size_t kTelling = 32;
  const size_t known = std::min(a.size(), b.size());
  return known >= kTelling && a.substr(0, known) == b.substr(0, known);
}

LogFile::LogFile(LogFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      id_(other.id_),
      offset_(other.offset_),
      seen_size_(other.seen_size_),
      fingerprint_(std::move(other.fingerprint_)) {}

LogFile& LogFile::operator=(LogFile&& other) noexcept {
  if (this == &other) return *this;
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = std::exchange(other.descriptor_, -1);
  id_ = other.id_;
  offset_ = other.offset_;
  seen_size_ = other.seen_size_;
  fingerprint_ = std::move(other.fingerprint_);
  return *this;
}

LogFile::~LogFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

uint64_t LogFile::size() const {
  struct stat status {};
  return ::fstat(descriptor_, &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

int64_t LogFile::changed_at() const {
  constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) return 0;
  return int64_t{status.st_ctim.tv_sec} * kNanosecondsPerSecond + status.st_ctim.tv_nsec;
}

bool LogFile::is_deleted() const {
  struct stat status {};
  return ::fstat(descriptor_, &status) == 0 && status.st_nlink == 0;
}

void LogFile::JoinAt(uint64_t offset) {
  offset_ = offset;
  fingerprint_ = ReadBeginning(std::min<uint64_t>(offset, kFingerprintBytes));
}

void LogFile::ResumeAt(uint64_t offset, std::string fingerprint) {
  offset_ = offset;
  fingerprint_ = std::move(fingerprint);
}

Result<size_t> LogFile::Read(std::span<char> space) const {
  while (true) {
    const ssize_t got = ::pread(descriptor_, space.data(), space.size(), static_cast<off_t>(offset_));
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) return Fail(ErrorCode::kIo, std::generic_category().message(errno));
  }
}

bool LogFile::Continues() {
  const uint64_t size_now = size();
  if (size_now < offset_) return false;
  std::array<char, kFingerprintBytes> now{};
  const ssize_t got = fingerprint_.empty() ? 0 : ::pread(descriptor_, now.data(), fingerprint_.size(), 0);
  if (got < 0 || std::string_view(now.data(), static_cast<size_t>(got)) != fingerprint_) return false;
  seen_size_ = std::max(seen_size_, size_now);
  return true;
}

/// The fingerprint grows from the bytes that were read, so that it is of what was read even if the file has
/// been replaced since.
void LogFile::Accept(std::span<const char> bytes) {
  if (fingerprint_.size() < kFingerprintBytes && fingerprint_.size() >= offset_) {
    const size_t known = fingerprint_.size() - offset_;
    if (known < bytes.size()) {
      const auto fresh = bytes.subspan(known);
      fingerprint_.append(fresh.data(), std::min(fresh.size(), kFingerprintBytes - fingerprint_.size()));
    }
  }
  offset_ += bytes.size();
}

bool LogFile::AtLineStart() const {
  if (offset_ == 0) return true;
  char before = 0;
  return ::pread(descriptor_, &before, 1, static_cast<off_t>(offset_ - 1)) == 1 && before == '\n';
}

std::string LogFile::ReadBeginning(size_t bytes) const {
  std::string text(bytes, '\0');
  const ssize_t got = bytes == 0 ? 0 : ::pread(descriptor_, text.data(), bytes, 0);
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return text;
}

}  // namespace tocsin::tail
