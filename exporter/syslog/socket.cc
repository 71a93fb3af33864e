#include "exporter/syslog/socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include <linux/sock_diag.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace tocsin::syslog {

namespace {

constexpr int kBufferBytes = 16 << 20;

tl::unexpected<Error> SystemFailure(int number) {
  const ErrorCode code = number == EACCES || number == EPERM ? ErrorCode::kPermission
                         : number == EADDRINUSE              ? ErrorCode::kUnavailable
                                                             : ErrorCode::kIo;
  return Fail(code, std::generic_category().message(number));
}

sockaddr_un NameOf(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), name.sun_path);
  return name;
}

/// A socket that nobody listens on any more is left over from a process that was killed.
bool IsLeftOver(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const int probe = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const sockaddr_un name = NameOf(path);
  const bool refused =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 && errno == ECONNREFUSED;
  ::close(probe);
  return refused;
}

int Open(int family) { return ::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

void Enlarge(int descriptor) {
  // By force where we may, else as far as net.core.rmem_max allows.
  if (::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &kBufferBytes, sizeof kBufferBytes) != 0)
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &kBufferBytes, sizeof kBufferBytes);
}

Result<int> BindUnix(const std::string& path) {
  constexpr mode_t kEveryoneWrites = 0666;
  if (IsLeftOver(path)) ::unlink(path.c_str());
  const int descriptor = Open(AF_UNIX);
  if (descriptor < 0) return SystemFailure(errno);
  const sockaddr_un name = NameOf(path);
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 ||
      ::chmod(path.c_str(), kEveryoneWrites) != 0) {
    const int number = errno;
    ::close(descriptor);
    return SystemFailure(number);
  }
  return descriptor;
}

Result<int> BindUdp(const Address& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int outcome = ::getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(),
                                    address.port.c_str(), &hints, &found);
  if (outcome != 0) return Fail(ErrorCode::kInvalidArgument, ::gai_strerror(outcome));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, ::freeaddrinfo);
  const int descriptor = Open(found->ai_family);
  if (descriptor < 0) return SystemFailure(errno);
  if (::bind(descriptor, found->ai_addr, found->ai_addrlen) != 0) {
    const int number = errno;
    ::close(descriptor);
    return SystemFailure(number);
  }
  return descriptor;
}

}  // namespace

Result<Socket> Socket::Bind(const Address& address) {
  const Result<int> descriptor = address.path.empty() ? BindUdp(address) : BindUnix(address.path);
  if (!descriptor) return Fail(descriptor.error());
  Enlarge(*descriptor);
  return Socket(*descriptor, address.path);
}

Socket::Socket(Socket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::exchange(other.path_, {})) {}

Socket::~Socket() {
  RemoveName();
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Socket::RemoveName() {
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
}

uint64_t Socket::dropped() const {
  std::array<uint32_t, SK_MEMINFO_VARS> figures{};
  socklen_t size = sizeof figures;
  if (::getsockopt(descriptor_, SOL_SOCKET, SO_MEMINFO, figures.data(), &size) != 0) return 0;
  return figures[SK_MEMINFO_DROPS];
}

int Socket::receive_buffer_bytes() const {
  int bytes = 0;
  socklen_t size = sizeof bytes;
  return ::getsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &bytes, &size) == 0 ? bytes : 0;
}

uint16_t Socket::port() const {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&name), &size) != 0) return 0;
  if (name.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&name)->sin_port);
  if (name.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&name)->sin6_port);
  return 0;
}

}  // namespace tocsin::syslog
