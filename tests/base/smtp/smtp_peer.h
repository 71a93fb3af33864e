// An SMTP server that does as its script says, also what no real one would: what a test of the client needs
// to see it through refusals and broken peers.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/base/tls/tls_server.h"

namespace tocsin::smtp {

class SmtpPeer {
 public:
  enum class Tls { kNone, kStartTls, kImplicit };
  struct Script {
    std::string greeting = "220 peer ready\r\n";
    std::string extensions = {};  ///< in the reply to EHLO: "250-STARTTLS\r\n"
    std::map<std::string, std::string> replies =
        {};  ///< by how the command begins: {"RCPT TO:<b@", "550 no\r\n"}
    std::string after_data = "250 queued\r\n";
    size_t drop_after_data_bytes = 0;  ///< 0: never
    std::string silent_after = {};     ///< the command that gets no reply
    Tls tls = Tls::kNone;              ///< kStartTls offers and takes it
    tls::Pair pair = {};               ///< its certificate
    const char* address = "127.0.0.1";
  };

  explicit SmtpPeer(Script script);
  ~SmtpPeer();
  SmtpPeer(const SmtpPeer&) = delete;
  SmtpPeer& operator=(const SmtpPeer&) = delete;

  std::string address() const { return std::string(script_.address) + ":" + std::to_string(port_); }
  std::vector<std::string> commands() const;
  /// What came after DATA, up to and without the final dot.
  std::string data() const;

 private:
  void Serve(const std::stop_token& stop);
  void Talk(int fd);
  std::string ReplyTo(const std::string& command, bool encrypted) const;

  const Script script_;
  const tls::Context context_;
  mutable std::mutex mutex_;
  std::vector<std::string> commands_;
  std::string data_;
  std::vector<std::jthread> talks_;
  std::vector<int> open_;
  int listener_ = -1;
  int port_ = 0;
  std::jthread thread_;
};

}  // namespace tocsin::smtp
