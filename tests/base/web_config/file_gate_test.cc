#include "base/web_config/file_gate.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/http/client.h"
#include "tests/base/tls/certificates.h"
#include "tests/base/web_config/hash.h"

namespace tocsin::web_config {
namespace {

using http::ClientRequest;
using http::ClientResponse;
using testing::HasSubstr;

/// A server behind a web configuration file, and a client with real TLS.
class FileGateTest : public testing::Test {
 public:
  ~FileGateTest() override {
    client_.reset();
    server_.reset();
    pool_.Stop();
  }

 protected:
  std::string Path() { return authority_.file().substr(0, authority_.file().rfind('/')) + "/web.yml"; }
  void Write(const std::string& text) { authority_.Write("web.yml", text); }
  std::string TlsLines(const tls::Pair& pair) {
    return "tls_server_config:\n  cert_file: " + pair.cert + "\n  key_file: " + pair.key + "\n";
  }
  void Serve(const std::string& text) {
    Write(text);
    auto gate = FileGate::Open(Path(), Logger());
    ASSERT_TRUE(gate) << ToString(gate.error());
    gate_ = std::move(*gate);
    http::Router router;
    router.Get("/hello", [](const http::Request&) { return http::Response::Text(200, "hello"); });
    router.Get("/long",
               [](const http::Request&) { return http::Response::Text(200, std::string(3'000'000, 'l')); });
    router.Post("/echo", [](const http::Request& r) { return http::Response::Text(200, r.body); });
    auto server = http::Server::Start(pool_, {.listen = {"127.0.0.1:0"}, .gate = gate_.get()},
                                      std::move(router), Logger());
    ASSERT_TRUE(server) << server.error().ToString();
    server_ = std::move(*server);
  }
  std::string Url(const std::string& scheme, const std::string& path = "/hello") {
    return scheme + "://" + server_->addresses().front() + path;
  }
  ClientRequest Https(const std::string& path = "/hello") {
    return {.url = Url("https", path), .tls = {.ca_file = authority_.file()}};
  }
  Result<ClientResponse> Send(ClientRequest request) {
    client_ = http::MakeCurlClient(pool_, "test");  // no connection of an earlier request
    return client_->SendAndWait(std::move(request));
  }
  int StatusOf(ClientRequest request) {
    const auto response = Send(std::move(request));
    return response ? response->status : 0;
  }

  tls::Authority authority_;
  tls::Pair pair_ = authority_.Issue("server", "IP:127.0.0.1");
  async::Pool pool_{2};
  std::unique_ptr<FileGate> gate_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Client> client_ = http::MakeCurlClient(pool_, "test");
};

TEST_F(FileGateTest, ServesHttps) {
  Serve(TlsLines(pair_));
  const auto hello = Send(Https());
  ASSERT_TRUE(hello) << hello.error().ToString();
  EXPECT_EQ(hello->body, "hello");
  EXPECT_EQ(Send(Https("/long")).value_or(ClientResponse{}).body.size(), 3'000'000U);
  ClientRequest post = Https("/echo");
  post.method = "POST";
  post.body = std::string(2'000'000, 'p');
  EXPECT_EQ(Send(std::move(post)).value_or(ClientResponse{}).body.size(), 2'000'000U);
}

TEST_F(FileGateTest, KeepsATlsConnection) {
  Serve(TlsLines(pair_));
  for (int i = 0; i < 5; ++i) {
    const auto hello = client_->SendAndWait(Https());
    ASSERT_TRUE(hello) << hello.error().ToString();
    EXPECT_EQ(hello->body, "hello");
  }
}

TEST_F(FileGateTest, ClosesATlsConnectionWhenAskedTo) {
  Serve(TlsLines(pair_));
  ClientRequest request = Https("/long");
  request.headers.Add("Connection", "close");
  EXPECT_EQ(Send(std::move(request)).value_or(ClientResponse{}).body.size(), 3'000'000U);
}

TEST_F(FileGateTest, TellsAPlainClientWhatItSpeaks) {
  Serve(TlsLines(pair_));
  const auto response = Send({.url = Url("http")});
  ASSERT_TRUE(response) << response.error().ToString();
  EXPECT_EQ(response->status, 400);
  EXPECT_THAT(response->body, HasSubstr("HTTPS"));
}

TEST_F(FileGateTest, TakesCertificatesWrittenInline) {
  const auto indented = [](const std::string& path) {
    std::string out = "    ";
    for (const char c : tls::ReadText(path)) out += c == '\n' ? std::string("\n    ") : std::string(1, c);
    return out;
  };
  Serve("tls_server_config:\n  cert: |\n" + indented(pair_.cert) + "\n  key: |\n" + indented(pair_.key) +
        "\n");
  EXPECT_EQ(StatusOf(Https()), 200);
}

TEST_F(FileGateTest, AsksForAClientsCertificate) {
  Serve(TlsLines(pair_) +
        "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: " + authority_.file() + "\n");
  EXPECT_EQ(StatusOf(Https()), 0);
  const tls::Authority stranger("a stranger");
  const tls::Pair known = authority_.Issue("scraper", "DNS:scraper.example.test");
  const tls::Pair unknown = stranger.Issue("scraper", "DNS:scraper.example.test");
  ClientRequest request = Https();
  request.tls.cert_file = unknown.cert;
  request.tls.key_file = unknown.key;
  EXPECT_EQ(StatusOf(request), 0);
  request.tls.cert_file = known.cert;
  request.tls.key_file = known.key;
  EXPECT_EQ(StatusOf(request), 200);
}

TEST_F(FileGateTest, EachPolicyAsGoHasIt) {
  const tls::Authority stranger("a stranger");
  const tls::Pair known = authority_.Issue("scraper", "DNS:scraper.example.test");
  const tls::Pair unknown = stranger.Issue("scraper", "DNS:scraper.example.test");
  struct Case {
    const char* policy;
    int without, with_unknown, with_known;
  };
  for (const Case& c :
       {Case{"RequestClientCert", 200, 200, 200}, Case{"RequireAnyClientCert", 0, 200, 200},
        Case{"RequireClientCert", 0, 200, 200}, Case{"VerifyClientCertIfGiven", 200, 0, 200}}) {
    Serve(TlsLines(pair_) + "  client_auth_type: " + c.policy + "\n  client_ca_file: " + authority_.file() +
          "\n");
    ClientRequest request = Https();
    EXPECT_EQ(StatusOf(request), c.without) << c.policy;
    request.tls.cert_file = unknown.cert;
    request.tls.key_file = unknown.key;
    EXPECT_EQ(StatusOf(request), c.with_unknown) << c.policy;
    request.tls.cert_file = known.cert;
    request.tls.key_file = known.key;
    EXPECT_EQ(StatusOf(request), c.with_known) << c.policy;
    server_.reset();
  }
}

TEST_F(FileGateTest, LetsInOnlyTheNamesThatAreAllowed) {
  Serve(TlsLines(pair_) +
        "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: " + authority_.file() +
        "\n  client_allowed_sans: [scraper.example.test, 'spiffe://a/b', 10.1.2.3, 'fd00::1', "
        "me@example.test]\n");
  const auto with = [&](const std::string& names) {
    const tls::Pair pair = authority_.Issue("scraper", names);
    ClientRequest request = Https();
    request.tls.cert_file = pair.cert;
    request.tls.key_file = pair.key;
    return StatusOf(std::move(request));
  };
  EXPECT_EQ(with("DNS:scraper.example.test"), 200);
  EXPECT_EQ(with("DNS:other,URI:spiffe://a/b"), 200);
  EXPECT_EQ(with("IP:10.1.2.3"), 200);
  EXPECT_EQ(with("IP:fd00::1"), 200);
  EXPECT_EQ(with("email:me@example.test"), 200);
  EXPECT_EQ(with("DNS:scraper.example.test.evil"), 0);
  EXPECT_EQ(with("DNS:other,IP:10.1.2.4"), 0);
}

TEST_F(FileGateTest, ASignInIsAskedForAndHeadersStandOnEveryAnswer) {
  Serve("basic_auth_users:\n  alice: " + HashOf("wonder") +
        "\nhttp_server_config:\n  headers: {X-Frame-Options: deny}\n");
  const auto without = Send({.url = Url("http")});
  ASSERT_TRUE(without);
  EXPECT_EQ(without->status, 401);
  EXPECT_THAT(without->headers.Get("WWW-Authenticate"), HasSubstr("Basic realm="));
  EXPECT_EQ(without->headers.Get("X-Frame-Options"), "deny");
  EXPECT_EQ(StatusOf({.url = Url("http"), .basic_auth = http::BasicAuth{"alice", "wander"}}), 401);
  EXPECT_EQ(StatusOf({.url = Url("http"), .basic_auth = http::BasicAuth{"bob", "wonder"}}), 401);
  EXPECT_EQ(StatusOf({.url = Url("http", "/nowhere")}), 401) << "also what does not exist";
  const auto with = Send({.url = Url("http"), .basic_auth = http::BasicAuth{"alice", "wonder"}});
  ASSERT_TRUE(with);
  EXPECT_EQ(with->status, 200);
  EXPECT_EQ(with->headers.Get("X-Frame-Options"), "deny");
}

TEST_F(FileGateTest, RefusesWhatComesTooOften) {
  Serve("rate_limit: {interval: 1h, burst: 2}\n");
  EXPECT_EQ(StatusOf({.url = Url("http")}), 200);
  EXPECT_EQ(StatusOf({.url = Url("http")}), 200);
  EXPECT_EQ(StatusOf({.url = Url("http")}), 429);
  Write("rate_limit: {interval: 1h, burst: 3}\n");
  EXPECT_EQ(StatusOf({.url = Url("http")}), 200) << "new limits count at once";
}

TEST_F(FileGateTest, AChangedFileCountsAtOnce) {
  Serve("basic_auth_users:\n  alice: " + HashOf("old") + "\n");
  const auto status = [this](const std::string& password) {
    return StatusOf({.url = Url("http"), .basic_auth = http::BasicAuth{"alice", password}});
  };
  EXPECT_EQ(status("old"), 200);
  Write("basic_auth_users:\n  alice: " + HashOf("new") + "\n");
  EXPECT_EQ(status("old"), 401);
  EXPECT_EQ(status("new"), 200);
}

TEST_F(FileGateTest, ANewCertificateCountsAtOnce) {
  Serve(TlsLines(pair_));
  EXPECT_EQ(StatusOf(Https()), 200);
  const tls::Authority other("another authority");
  const tls::Pair renewed = other.Issue("server", "IP:127.0.0.1");
  authority_.Write("server.key", tls::ReadText(renewed.key));
  EXPECT_EQ(StatusOf(Https()), 200) << "the pair does not match yet: the one before stays";
  EXPECT_FALSE(gate_->successful());
  authority_.Write("server.pem", tls::ReadText(renewed.cert));
  EXPECT_EQ(StatusOf(Https()), 0);
  ClientRequest request = Https();
  request.tls.ca_file = other.file();
  EXPECT_EQ(StatusOf(std::move(request)), 200);
  EXPECT_TRUE(gate_->successful());
}

TEST_F(FileGateTest, ABadFileChangesNothing) {
  const std::string good = "basic_auth_users:\n  alice: " + HashOf("wonder") + "\n";
  Serve(good);
  for (const char* bad : {"basic_auth_user: {}\n", "basic_auth_users: {alice: open}\n", "{",
                          "tls_server_config: {cert: c, key: k}\n"}) {
    Write(bad);
    EXPECT_EQ(StatusOf({.url = Url("http")}), 401) << bad;
    EXPECT_FALSE(gate_->successful()) << bad;
    EXPECT_FALSE(gate_->Reload()) << bad;
    EXPECT_EQ(StatusOf({.url = Url("http"), .basic_auth = http::BasicAuth{"alice", "wonder"}}), 200) << bad;
  }
  Write(good);
  EXPECT_TRUE(gate_->Reload());
  EXPECT_TRUE(gate_->successful());
}

TEST_F(FileGateTest, TlsIsNotSwitchedOffWhileRunning) {
  Serve(TlsLines(pair_));
  Write("{}\n");
  const auto reloaded = gate_->Reload();
  ASSERT_FALSE(reloaded);
  EXPECT_THAT(ToString(reloaded.error()), HasSubstr("TLS can't be switched off"));
  EXPECT_EQ(StatusOf(Https()), 200);
}

TEST_F(FileGateTest, NamesWhatIsWrongWithACertificate) {
  const auto expect = [this](const std::string& text, const std::string& words) {
    Write(text);
    const auto checked = CheckFile(Path());
    ASSERT_FALSE(checked) << text;
    EXPECT_THAT(ToString(checked.error()), HasSubstr(words));
  };
  const tls::Pair other = authority_.Issue("other", "IP:127.0.0.1");
  expect(TlsLines({"missing.pem", pair_.key}), "web.yml:2:14: ");
  expect(TlsLines({Path(), pair_.key}), "no certificate");
  expect(TlsLines({pair_.cert, Path()}), "web.yml:3:13: ");
  expect(TlsLines({pair_.cert, other.key}), "web.yml:3:13: ");
  expect(TlsLines(pair_) + "  client_auth_type: RequestClientCert\n  client_ca_file: " + pair_.key + "\n",
         "holds no certificate");
}

TEST_F(FileGateTest, SpeaksTheVersionsThatItMay) {
  Serve(TlsLines(pair_) +
        "  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]\n"
        "  curve_preferences: [CurveP384]\n");
  EXPECT_EQ(StatusOf(Https()), 200);
}

}  // namespace
}  // namespace tocsin::web_config
