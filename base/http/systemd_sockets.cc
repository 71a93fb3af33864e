#include "base/http/systemd_sockets.h"

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace tocsin::http {
namespace {

constexpr int kFirst = 3;  // SD_LISTEN_FDS_START
constexpr int kMost = 1024;

std::optional<int> NumberIn(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  const std::string_view view = text;
  int number = 0;
  const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), number);
  if (error != std::errc{} || end != view.data() + view.size()) return std::nullopt;
  return number;
}

}  // namespace

Result<std::vector<int>> TakeSystemdSockets() {
  const std::optional<int> process = NumberIn("LISTEN_PID");
  const std::optional<int> count = NumberIn("LISTEN_FDS");
  for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(variable);
  if (process != ::getpid() || count.value_or(0) < 1 || count.value_or(0) > kMost) {
    return Fail(ErrorCode::kNotFound, "systemd has passed no socket");
  }
  std::vector<int> out;
  out.reserve(static_cast<size_t>(*count));
  for (int fd = kFirst; fd < kFirst + *count; ++fd) {
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    out.push_back(fd);
  }
  return out;
}

}  // namespace tocsin::http
