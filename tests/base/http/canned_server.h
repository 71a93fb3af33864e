// A server that answers whatever it is asked with fixed bytes and closes: what a test of the client needs to
// see it through broken peers.
#pragma once

#include <string>
#include <thread>

namespace tocsin::http {

class CannedServer {
 public:
  /// On a free port of 127.0.0.1.
  explicit CannedServer(std::string answer);
  /// On a Unix socket.
  CannedServer(std::string answer, const std::string& path);
  ~CannedServer();
  CannedServer(const CannedServer&) = delete;
  CannedServer& operator=(const CannedServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// The header of the last request. To be called after its response arrived.
  std::string request() const { return request_; }

 private:
  void Serve(const std::stop_token& stop);

  const std::string answer_;
  std::string request_;
  int listener_ = -1;
  int port_ = 0;
  std::jthread thread_;
};

/// The URL of a port where nobody listens.
std::string RefusingUrl();

}  // namespace tocsin::http
