#include "tests/base/smtp/smtp_peer.h"

#include <array>
#include <optional>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tocsin::smtp {
namespace {

/// Lines of a connection; nothing when it ended.
class Lines {
 public:
  explicit Lines(int fd) : fd_(fd) {}
  std::optional<std::string> Next() {
    size_t end = 0;
    while ((end = buffer_.find("\r\n")) == std::string::npos) {
      std::array<char, 4096> chunk;
      const ssize_t got = ::recv(fd_, chunk.data(), chunk.size(), 0);
      if (got <= 0) return std::nullopt;
      buffer_.append(chunk.data(), static_cast<size_t>(got));
    }
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return line;
  }

 private:
  int fd_;
  std::string buffer_;
};

void Say(int fd, std::string_view text) { (void)::send(fd, text.data(), text.size(), MSG_NOSIGNAL); }

}  // namespace

SmtpPeer::SmtpPeer(Script script) : script_(std::move(script)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  socklen_t size = sizeof(address);
  EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
  EXPECT_EQ(::listen(listener_, 8), 0);
  thread_ = std::jthread([this](const std::stop_token& stop) { Serve(stop); });
}

SmtpPeer::~SmtpPeer() {
  thread_.request_stop();
  ::shutdown(listener_, SHUT_RDWR);  // wakes accept()
  thread_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  talks_.clear();
  for (const int fd : open_) ::close(fd);
  ::close(listener_);
}

std::vector<std::string> SmtpPeer::commands() const {
  const std::lock_guard lock(mutex_);
  return commands_;
}

std::string SmtpPeer::data() const {
  const std::lock_guard lock(mutex_);
  return data_;
}

void SmtpPeer::Serve(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const int fd = ::accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    {
      const std::lock_guard lock(mutex_);
      open_.push_back(fd);
    }
    talks_.emplace_back([this, fd] { Talk(fd); });
  }
}

std::string SmtpPeer::ReplyTo(const std::string& command) const {
  for (const auto& [beginning, reply] : script_.replies) {
    if (command.starts_with(beginning)) return reply;
  }
  if (command.starts_with("EHLO")) return "250-peer\r\n" + script_.extensions + "250 8BITMIME\r\n";
  if (command == "DATA") return "354 go on\r\n";
  if (command == "QUIT") return "221 bye\r\n";
  return "250 ok\r\n";
}

void SmtpPeer::Talk(int fd) {
  Lines lines(fd);
  Say(fd, script_.greeting);
  while (const auto command = lines.Next()) {
    {
      const std::lock_guard lock(mutex_);
      commands_.push_back(*command);
    }
    if (!script_.silent_after.empty() && command->starts_with(script_.silent_after)) continue;
    const std::string reply = ReplyTo(*command);
    Say(fd, reply);
    if (*command == "QUIT") break;
    if (*command != "DATA" || !reply.starts_with("354")) continue;
    std::string data;
    for (auto line = lines.Next(); line && *line != "."; line = lines.Next()) {
      data += *line + "\r\n";
      if (script_.drop_after_data_bytes > 0 && data.size() > script_.drop_after_data_bytes) {
        // Closed, not only shut down, so that the client's next bytes are refused.
        const std::lock_guard lock(mutex_);
        std::erase(open_, fd);
        ::close(fd);
        return;
      }
    }
    {
      const std::lock_guard lock(mutex_);
      data_ = data;
    }
    Say(fd, script_.after_data);
  }
  ::shutdown(fd, SHUT_RDWR);
}

}  // namespace tocsin::smtp
