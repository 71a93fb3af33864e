#include "tests/base/http/canned_server.h"

#include <array>
#include <cstring>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace tocsin::http {
namespace {

int BindLoopback(int* port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  socklen_t size = sizeof(address);
  EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  *port = ntohs(address.sin_port);
  return fd;
}

}  // namespace

CannedServer::CannedServer(std::string answer) : answer_(std::move(answer)) {
  listener_ = BindLoopback(&port_);
  EXPECT_EQ(::listen(listener_, 8), 0);
  thread_ = std::jthread([this](const std::stop_token& stop) { Serve(stop); });
}

CannedServer::CannedServer(std::string answer, const std::string& path) : answer_(std::move(answer)) {
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(::listen(listener_, 8), 0);
  thread_ = std::jthread([this](const std::stop_token& stop) { Serve(stop); });
}

CannedServer::~CannedServer() {
  thread_.request_stop();
  ::shutdown(listener_, SHUT_RDWR);  // wakes accept()
  thread_.join();
  ::close(listener_);
}

void CannedServer::Serve(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const int fd = ::accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    std::string request;
    std::array<char, 4096> chunk;
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = ::recv(fd, chunk.data(), chunk.size(), 0);
      if (got <= 0) break;
      request.append(chunk.data(), static_cast<size_t>(got));
    }
    request_ = request;
    (void)::send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL);
    ::close(fd);
  }
}

std::string RefusingUrl() {
  int port = 0;
  ::close(BindLoopback(&port));
  return "http://127.0.0.1:" + std::to_string(port);
}

}  // namespace tocsin::http
