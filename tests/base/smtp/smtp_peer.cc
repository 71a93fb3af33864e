#include "tests/base/smtp/smtp_peer.h"

#include <array>
#include <csignal>
#include <optional>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tocsin::smtp {
namespace {

/// A connection, in plain text until it is encrypted.
class Wire {
 public:
  explicit Wire(int fd) : fd_(fd) {}
  /// False when the client does not want to after all.
  bool Encrypt(SSL_CTX* context) { return channel_.emplace(context, fd_).good(); }
  bool encrypted() const { return channel_.has_value(); }

  /// A line; nothing when the connection ended.
  std::optional<std::string> Next() {
    size_t end = 0;
    while ((end = buffer_.find("\r\n")) == std::string::npos) {
      const std::string more = channel_ ? channel_->Read() : Receive();
      if (more.empty()) return std::nullopt;
      buffer_ += more;
    }
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return line;
  }
  void Say(std::string_view text) {
    if (channel_) return channel_->Write(text);
    (void)::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
  }

 private:
  std::string Receive() const {
    std::array<char, 4096> chunk;
    const ssize_t got = ::recv(fd_, chunk.data(), chunk.size(), 0);
    return got > 0 ? std::string(chunk.data(), static_cast<size_t>(got)) : std::string();
  }

  int fd_;
  std::string buffer_;
  std::optional<tls::Channel> channel_;
};

}  // namespace

SmtpPeer::SmtpPeer(Script script)
    : script_(std::move(script)),
      context_(script_.tls == Tls::kNone ? tls::Context(nullptr, &SSL_CTX_free)
                                         : tls::MakeContext(script_.pair)) {
  (void)std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  EXPECT_EQ(::inet_pton(AF_INET, script_.address, &address.sin_addr), 1);
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

std::string SmtpPeer::ReplyTo(const std::string& command, bool encrypted) const {
  for (const auto& [beginning, reply] : script_.replies) {
    if (command.starts_with(beginning)) return reply;
  }
  if (command.starts_with("EHLO") && script_.tls == Tls::kStartTls && !encrypted)
    return "250-peer\r\n" + script_.extensions + "250 STARTTLS\r\n";
  if (command.starts_with("EHLO")) return "250-peer\r\n" + script_.extensions + "250 8BITMIME\r\n";
  if (command == "STARTTLS") return "220 go ahead\r\n";
  if (command == "DATA") return "354 go on\r\n";
  if (command == "QUIT") return "221 bye\r\n";
  return "250 ok\r\n";
}

void SmtpPeer::Talk(int fd) {
  Wire wire(fd);
  if (script_.tls == Tls::kImplicit && !wire.Encrypt(context_.get())) {
    ::shutdown(fd, SHUT_RDWR);
    return;
  }
  wire.Say(script_.greeting);
  while (const auto command = wire.Next()) {
    {
      const std::lock_guard lock(mutex_);
      commands_.push_back(*command);
    }
    if (!script_.silent_after.empty() && command->starts_with(script_.silent_after)) continue;
    const std::string reply = ReplyTo(*command, wire.encrypted());
    wire.Say(reply);
    if (*command == "QUIT") break;
    if (*command == "STARTTLS" && !wire.Encrypt(context_.get())) break;
    if (*command != "DATA" || !reply.starts_with("354")) continue;
    std::string data;
    for (auto line = wire.Next(); line && *line != "."; line = wire.Next()) {
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
    wire.Say(script_.after_data);
  }
  ::shutdown(fd, SHUT_RDWR);
}

}  // namespace tocsin::smtp
