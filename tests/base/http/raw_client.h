// A client that sends exactly the bytes it is given and shows exactly what comes back: what a test of the
// server needs, and a well-behaved HTTP library would not do.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace tocsin::http {

struct RawResponse {
  int status = 0;
  std::string head;                            // with the status line
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

class RawClient {
 public:
  /// "127.0.0.1:9113", "[::1]:9113"
  explicit RawClient(const std::string& address);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void Send(std::string_view bytes);
  /// The next response; status 0 when the connection ends before one is whole, or after ten seconds.
  RawResponse Read(bool head_request = false);
  /// Everything until the server closes.
  std::string ReadToEnd();
  /// True when the server closes, within ten seconds, without sending anything more.
  bool Closed();
  void CloseWriting();
  void Close();

 private:
  bool Fill();
  int fd_ = -1;
  std::string buffer_;
};

/// Sends one request on a connection of its own.
RawResponse Exchange(const std::string& address, std::string_view request);

}  // namespace tocsin::http
