#include "tests/base/http/raw_client.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tocsin::http {

RawClient::RawClient(const std::string& address) {
  const size_t colon = address.rfind(':');
  const auto port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
  sockaddr_storage storage{};
  socklen_t size = 0;
  if (address.starts_with('[')) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = port;
    EXPECT_EQ(::inet_pton(AF_INET6, address.substr(1, colon - 2).c_str(), &v6->sin6_addr), 1);
    size = sizeof(*v6);
  } else {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
    v4->sin_family = AF_INET;
    v4->sin_port = port;
    EXPECT_EQ(::inet_pton(AF_INET, address.substr(0, colon).c_str(), &v4->sin_addr), 1);
    size = sizeof(*v4);
  }
  fd_ = ::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&storage), size), 0)
      << address << ": " << std::strerror(errno);
}

RawClient::~RawClient() { Close(); }

void RawClient::Close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void RawClient::CloseWriting() { ::shutdown(fd_, SHUT_WR); }

void RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // what the server then does is the test's matter
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

bool RawClient::Fill() {
  std::array<char, 65536> chunk;
  const ssize_t got = ::recv(fd_, chunk.data(), chunk.size(), 0);
  if (got <= 0) return false;
  buffer_.append(chunk.data(), static_cast<size_t>(got));
  return true;
}

RawResponse RawClient::Read(bool head_request) {
  RawResponse out;
  size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return out;
  }
  out.head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  size_t line = out.head.find("\r\n") + 2;
  while (line < out.head.size()) {
    const size_t next = out.head.find("\r\n", line);
    const std::string field = out.head.substr(line, next - line);
    const size_t colon = field.find(':');
    std::string name = field.substr(0, colon);
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    out.headers[name] = field.substr(colon + 2);
    line = next + 2;
  }
  const auto length = out.headers.find("content-length");
  const size_t want = head_request || length == out.headers.end() ? 0 : std::stoul(length->second);
  while (buffer_.size() < want) {
    if (!Fill()) return {};
  }
  out.body = buffer_.substr(0, want);
  buffer_.erase(0, want);
  out.status = std::stoi(out.head.substr(9, 3));
  return out;
}

std::string RawClient::ReadToEnd() {
  while (Fill()) {
  }
  return std::move(buffer_);
}

bool RawClient::Closed() {
  char byte = 0;
  return buffer_.empty() && ::recv(fd_, &byte, 1, 0) == 0;
}

RawResponse Exchange(const std::string& address, std::string_view request) {
  RawClient client(address);
  client.Send(request);
  return client.Read();
}

}  // namespace tocsin::http
