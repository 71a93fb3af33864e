#include "exporter/certificates/handshake.h"

#include <chrono>
#include <ctime>
#include <future>
#include <string>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/base/tls/tls_server.h"

namespace tocsin::certificates {
namespace {

Result<Served> LookAt(const Address& address, Duration timeout = Duration{5000}) {
  async::Pool pool(1);
  std::promise<Result<Served>> outcome;
  LookByHandshake(pool, timeout)(address,
                                 [&outcome](Result<Served> served) { outcome.set_value(std::move(served)); });
  return outcome.get_future().get();
}

Address Local(int port, std::string name = "") {
  return {"127.0.0.1", std::to_string(port), std::move(name)};
}

TEST(Handshake, ReadsWhatIsServedUnderTheNameAskedForWithoutTrustingIt) {
  const tls::Authority authority("An authority, that nobody knows");
  std::promise<std::string> asked_for;
  tls::TlsServer server(authority.Issue("a.example", "DNS:a.example"), [&asked_for](tls::Channel& channel) {
    asked_for.set_value(channel.name_asked_for());
  });
  const auto served = LookAt(Local(server.port(), "a.example"));
  ASSERT_TRUE(served.has_value()) << served.error().ToString();
  EXPECT_THAT(served->issuer, testing::HasSubstr("An authority"));
  EXPECT_FALSE(served->serial.empty());
  EXPECT_GT(served->not_after.millis(), int64_t{1000} * std::time(nullptr));
  EXPECT_EQ(asked_for.get_future().get(), "a.example");
}

/// A port that listens and answers nothing.
class Listener {
 public:
  Listener() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof any;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&any), size), 0);
    EXPECT_EQ(::listen(socket_, 4), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&any), &size), 0);
    port_ = ntohs(any.sin_port);
  }
  ~Listener() { Close(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  void Close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  int port() const { return port_; }

 private:
  int socket_;
  int port_ = 0;
};

TEST(Handshake, EndsAtItsTimeLimitWhenTheServerSaysNothing) {
  const Listener silent;
  const auto served = LookAt(Local(silent.port()), Duration{50});
  ASSERT_FALSE(served.has_value());
  EXPECT_EQ(served.error().code(), ErrorCode::kTimeout);
}

TEST(Handshake, SaysWhyThereIsNoConnection) {
  Listener gone;
  gone.Close();
  const auto served = LookAt(Local(gone.port()));
  ASSERT_FALSE(served.has_value());
  EXPECT_EQ(served.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(served.error().message(), testing::HasSubstr("refused"));
}

}  // namespace
}  // namespace tocsin::certificates
