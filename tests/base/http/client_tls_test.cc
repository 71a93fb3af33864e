// The client's side of TLS, against OpenSSL's own server on the other end.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/http/client.h"
#include "tests/base/tls/certificates.h"
#include "tests/base/tls/tls_server.h"

namespace tocsin::http {
namespace {

using testing::HasSubstr;

class ClientTls : public testing::Test {
 public:
  ~ClientTls() override { client_.reset(); }

 protected:
  Result<ClientResponse> Get(const tls::TlsServer& server, TlsClientOptions options) {
    return client_->SendAndWait(
        {.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/", .tls = std::move(options)});
  }
  void ExpectRefusal(const tls::TlsServer& server, TlsClientOptions options, const std::string& words) {
    const auto response = Get(server, std::move(options));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable) << response.error().ToString();
    EXPECT_THAT(response.error().message(), HasSubstr(words));
  }

  static constexpr const char* kAnswer =
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
  const tls::Authority authority_;
  const tls::Pair pair_ = authority_.Issue("server", "IP:127.0.0.1,DNS:nginx.example.test");
  async::Pool pool_{2};
  std::unique_ptr<Client> client_ = MakeCurlClient(pool_, "tocsin/test");
};

TEST_F(ClientTls, TrustsTheAuthorityThatItIsGiven) {
  const tls::TlsServer server(pair_, tls::AnswerOnce(kAnswer));
  const auto response = Get(server, {.ca_file = authority_.file()});
  ASSERT_TRUE(response) << response.error().ToString();
  EXPECT_EQ(response->body, "hello");
}

TEST_F(ClientTls, RefusesACertificateOfAnotherAuthority) {
  const tls::Authority other("another authority");
  const tls::TlsServer server(pair_, tls::AnswerOnce(kAnswer));
  ExpectRefusal(server, {.ca_file = other.file()}, "certificate");
  ExpectRefusal(server, {}, "certificate");
}

TEST_F(ClientTls, RefusesACertificateForAnotherName) {
  const tls::Pair other = authority_.Issue("other", "DNS:other.example.test,IP:127.0.0.2");
  const tls::TlsServer server(other, tls::AnswerOnce(kAnswer));
  ExpectRefusal(server, {.ca_file = authority_.file()}, "127.0.0.1");
}

TEST_F(ClientTls, VerifiesTheNameThatItIsTold) {
  const tls::TlsServer server(pair_, tls::AnswerOnce(kAnswer));
  EXPECT_TRUE(Get(server, {.ca_file = authority_.file(), .server_name = "nginx.example.test"}));
  EXPECT_EQ(server.names_asked_for(), "nginx.example.test");
  ExpectRefusal(server, {.ca_file = authority_.file(), .server_name = "other.example.test"},
                "other.example.test");
}

TEST_F(ClientTls, VerifiesNothingWhenToldSo) {
  const tls::Authority other("another authority");
  const tls::TlsServer server(other.Issue("other", "DNS:other.example.test"), tls::AnswerOnce(kAnswer));
  EXPECT_TRUE(Get(server, {.verify = false}));
  EXPECT_TRUE(Get(server, {.ca_file = authority_.file(), .verify = false}));
}

TEST_F(ClientTls, ShowsItsCertificate) {
  const tls::TlsServer server(pair_, tls::AnswerOnce(kAnswer), authority_.file());
  const auto without = Get(server, {.ca_file = authority_.file()});
  EXPECT_FALSE(without);
  const tls::Pair own = authority_.Issue("exporter", "DNS:exporter.example.test");
  const auto with = Get(server, {.ca_file = authority_.file(), .cert_file = own.cert, .key_file = own.key});
  ASSERT_TRUE(with) << with.error().ToString();
}

TEST_F(ClientTls, AMessageGoesUnderItsOwnCertificateWhateverTheOneBeforeItShowed) {
  const tls::TlsServer server(
      pair_,
      [](tls::Channel& channel) {
        const std::string said = channel.client_name() + (channel.resumed() ? " resumed" : "");
        tls::AnswerOnce("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(said.size()) +
                        "\r\nConnection: close\r\n\r\n" + said)(channel);
      },
      authority_.file());
  const auto post = [&](const tls::Pair& own) {
    const auto response = client_->SendAndWait(
        {.method = "POST",
         .url = "https://127.0.0.1:" + std::to_string(server.port()) + "/",
         .body = "x",
         .tls = {.ca_file = authority_.file(), .cert_file = own.cert, .key_file = own.key}});
    EXPECT_TRUE(response) << response.error().ToString();
    return response ? response->body : "";
  };
  const tls::Pair one = authority_.Issue("one", "DNS:one.example.test");
  const tls::Pair two = authority_.Issue("two", "DNS:two.example.test");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(post(one), "one");
    EXPECT_EQ(post(two), "two");
  }
  // The same files, with another certificate in them.
  (void)authority_.Write(std::filesystem::path(one.cert).filename(), tls::ReadText(two.cert));
  (void)authority_.Write(std::filesystem::path(one.key).filename(), tls::ReadText(two.key));
  EXPECT_EQ(post(one), "two");
}

TEST_F(ClientTls, FilesThatAreMissingAreNamedAsSuch) {
  const tls::TlsServer server(pair_, tls::AnswerOnce(kAnswer));
  EXPECT_FALSE(Get(server, {.ca_file = "/nonexistent/ca.pem"}));
  EXPECT_FALSE(Get(server, {.ca_file = authority_.file(), .cert_file = "/nonexistent/cert.pem"}));
}

}  // namespace
}  // namespace tocsin::http
