#include "exporter/checkpoint/store.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <zlib.h>

#include "base/files.h"

namespace tocsin::checkpoint {

namespace {

constexpr std::string_view kMagic = "tocsin-exporter\n";
constexpr uint32_t kVersion = 1;
constexpr size_t kNumberBytes = 4;
constexpr size_t kMaxBytes = size_t{256} << 20;

void AppendNumber(uint32_t value, std::string& out) {
  for (size_t i = 0; i < kNumberBytes; ++i) {
    out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
  }
}

uint32_t TakeNumber(std::string_view& bytes) {
  uint32_t value = 0;
  for (size_t i = kNumberBytes; i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  bytes.remove_prefix(kNumberBytes);
  return value;
}

uint32_t CheckSum(std::string_view bytes) {
  return static_cast<uint32_t>(
      ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

tl::unexpected<Error> SystemFailure(const std::filesystem::path& path, int number) {
  const ErrorCode code = number == EACCES || number == EPERM || number == EROFS ? ErrorCode::kPermission
                         : number == EWOULDBLOCK                                ? ErrorCode::kUnavailable
                                                                                : ErrorCode::kIo;
  const std::string what =
      number == EWOULDBLOCK ? "in use by another process" : std::generic_category().message(number);
  return Fail(code, path.string() + ": " + what);
}

/// What processes left that were killed while they wrote; the folder has to be locked.
void RemoveTemporaries(const std::filesystem::path& folder) {
  constexpr std::string_view kBeginning = ".checkpoint.";
  constexpr size_t kSize = kBeginning.size() + 6;  // as WriteFileAtomically() calls them
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    std::error_code ignored;
    if (name.size() == kSize && name.starts_with(kBeginning)) std::filesystem::remove(entry->path(), ignored);
  }
}

}  // namespace

std::string Seal(std::string_view content) {
  std::string bytes(kMagic);
  AppendNumber(kVersion, bytes);
  AppendNumber(CheckSum(content), bytes);
  bytes += content;
  return bytes;
}

Result<std::string_view> Unseal(std::string_view bytes) {
  if (bytes.substr(0, kMagic.size()) != kMagic) {
    return Fail(ErrorCode::kUnsupported, "not a checkpoint of tocsin-exporter");
  }
  bytes.remove_prefix(kMagic.size());
  if (bytes.size() < 2 * kNumberBytes) return Fail(ErrorCode::kInvalidArgument, "cut off");
  const uint32_t version = TakeNumber(bytes);
  if (version != kVersion) {
    return Fail(ErrorCode::kUnsupported, "a checkpoint of another version, " + std::to_string(version));
  }
  const uint32_t sum = TakeNumber(bytes);
  if (sum != CheckSum(bytes)) return Fail(ErrorCode::kInvalidArgument, "damaged: its check sum is wrong");
  return bytes;
}

Result<std::unique_ptr<Store>> Store::Open(const std::filesystem::path& folder, Logger log) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return SystemFailure(folder, failed.value());
  const std::filesystem::path lock_path = folder / "lock";
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
  if (lock < 0) return SystemFailure(lock_path, errno);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const int number = errno;
    ::close(lock);
    return SystemFailure(folder, number);
  }
  RemoveTemporaries(folder);
  return std::unique_ptr<Store>(new Store(folder / "checkpoint", lock, std::move(log)));
}

Store::Store(std::filesystem::path path, int lock, Logger log)
    : path_(std::move(path)), lock_(lock), log_(std::move(log)) {}

Store::~Store() { ::close(lock_); }

std::optional<std::string> Store::Load() {
  Result<std::string> bytes = ReadFile(path_, kMaxBytes);
  if (!bytes) {
    if (bytes.error().code() != ErrorCode::kNotFound) SetAside(bytes.error());
    return std::nullopt;
  }
  const Result<std::string_view> content = Unseal(*bytes);
  if (content) return std::string(*content);
  SetAside(content.error());
  return std::nullopt;
}

void Store::SetAside(const Error& why) {
  std::filesystem::path aside = path_;
  aside += ".bad";
  std::error_code failed;
  std::filesystem::rename(path_, aside, failed);
  log_.Error("The checkpoint can't be used; beginning anew",
             {{"file", path_.native()}, {"err", why}, {"set_aside_as", failed ? "" : aside.native()}});
}

Status Store::Write(std::string_view content) { return WriteFileAtomically(path_, Seal(content)); }

}  // namespace tocsin::checkpoint
