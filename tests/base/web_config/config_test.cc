#include "base/web_config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "tests/base/tls/certificates.h"

namespace tocsin::web_config {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

constexpr const char* kHash = "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi";

class WebConfig : public testing::Test {
 protected:
  Checked<Config> Read(const std::string& text) { return ReadConfig(folder_.Write("web.yml", text)); }
  Config Good(const std::string& text) {
    auto config = Read(text);
    EXPECT_TRUE(config) << text << "\n" << ToString(config.error());
    return config.value_or(Config{});
  }
  /// `words` at "LINE:COLUMN: ".
  void Bad(const std::string& text, const std::string& place, const std::string& words) {
    const auto config = Read(text);
    ASSERT_FALSE(config) << text;
    const std::string said = ToString(config.error());
    EXPECT_THAT(said, HasSubstr("web.yml:" + place + ": ")) << text;
    EXPECT_THAT(said, HasSubstr(words)) << text;
  }

  tls::Authority folder_;
};

TEST_F(WebConfig, AnEmptyFileAsksForNothing) {
  for (const char* text : {"", "{}", "tls_server_config:\n", "basic_auth_users: {}\n"}) {
    const Config config = Good(text);
    EXPECT_FALSE(config.tls);
    EXPECT_TRUE(config.users.empty());
    EXPECT_EQ(config.rate_limit.interval.count(), 0);
  }
}

TEST_F(WebConfig, ReadsEveryKey) {
  const Config config = Good(std::string("tls_server_config:\n"
                                         "  cert_file: server.pem\n"
                                         "  key_file: /etc/server.key\n"
                                         "  client_ca_file: ca.pem\n"
                                         "  client_auth_type: RequireAndVerifyClientCert\n"
                                         "  client_allowed_sans: [scraper.example.test, 10.0.0.1]\n"
                                         "  min_version: TLS11\n"
                                         "  max_version: TLS12\n"
                                         "  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n"
                                         "  prefer_server_cipher_suites: false\n"
                                         "  curve_preferences: [X25519, CurveP256]\n"
                                         "http_server_config:\n"
                                         "  http2: true\n"
                                         "  headers: {X-Frame-Options: deny, Content-Security-Policy: ''}\n"
                                         "rate_limit: {interval: 1.5s, burst: 20}\n"
                                         "basic_auth_users:\n"
                                         "  alice: ") +
                             kHash + "\n");
  ASSERT_TRUE(config.tls);
  EXPECT_THAT(config.tls->certificate.file, EndsWith("/server.pem"));
  EXPECT_NE(config.tls->certificate.file, "server.pem") << "relative to the file";
  EXPECT_EQ(config.tls->key.file, "/etc/server.key");
  EXPECT_EQ(config.tls->client_auth, ClientAuth::kRequireAndVerify);
  EXPECT_THAT(config.tls->allowed_sans.value(), ElementsAre("scraper.example.test", "10.0.0.1"));
  EXPECT_EQ(config.tls->min_version, TLS1_1_VERSION);
  EXPECT_EQ(config.tls->max_version, TLS1_2_VERSION);
  EXPECT_THAT(config.tls->ciphers, ElementsAre("ECDHE-RSA-AES128-GCM-SHA256"));
  EXPECT_FALSE(config.tls->prefer_server_ciphers);
  EXPECT_THAT(config.tls->curves, ElementsAre("X25519", "P-256"));
  EXPECT_TRUE(config.http2_asked);
  EXPECT_EQ(config.headers.Get("X-Frame-Options"), "deny");
  EXPECT_EQ(config.headers.Find("Content-Security-Policy"), nullptr) << "unset when blank";
  EXPECT_EQ(config.rate_limit.interval, std::chrono::milliseconds(1500));
  EXPECT_EQ(config.rate_limit.burst, 20);
  EXPECT_EQ(config.users.at("alice").Reveal(), kHash);
}

TEST_F(WebConfig, TlsStandsAtTheToolkitsVersionsByDefault) {
  const Config config = Good("tls_server_config: {cert: c, key: k}\n");
  EXPECT_EQ(config.tls->min_version, TLS1_2_VERSION);
  EXPECT_EQ(config.tls->max_version, TLS1_3_VERSION);
  EXPECT_TRUE(config.tls->prefer_server_ciphers);
}

TEST_F(WebConfig, ASuiteListForTls13AloneEndsTls12) {
  EXPECT_TRUE(Good("tls_server_config: {cert: c, key: k, cipher_suites: [TLS_AES_128_GCM_SHA256]}\n")
                  .tls->only_tls13_ciphers);
}

TEST_F(WebConfig, ABadKeyHasItsPlace) {
  Bad("tls_server_conf: {}\n", "1:1", "did you mean \"tls_server_config\"");
  Bad("tls_server_config:\n  cert_fil: x\n", "2:3", "cert_fil");
  Bad("tls_server_config:\n  key_file: x\n", "2:3", "missing one of cert or cert_file");
  Bad("tls_server_config:\n  cert_file: x\n", "2:3", "missing one of key or key_file");
  Bad("tls_server_config:\n  min_version: TLS12\n", "2:3", "missing one of cert");
  Bad("tls_server_config:\n  cert: x\n  cert_file: y\n  key: k\n", "3:14",
      "at most one of cert and cert_file");
  Bad("http_server_config:\n  headers:\n    X-Powered-By: tocsin\n", "3:5", "X-Powered-By");
  Bad("rate_limit:\n  brust: 1\n", "2:3", "brust");
}

TEST_F(WebConfig, ABadValueHasItsPlace) {
  const std::string tls = "tls_server_config:\n  cert: c\n  key: k\n";
  Bad(tls + "  min_version: TLS9\n", "4:16", "unknown TLS version: TLS9");
  Bad(tls + "  min_version: TLS13\n  max_version: TLS12\n", "2:3", "min_version is above max_version");
  Bad(tls + "  client_auth_type: Maybe\n", "4:21", "invalid client_auth_type: Maybe");
  Bad(tls + "  client_ca: x\n", "4:14", "without a client_auth_type");
  Bad(tls + "  client_auth_type: RequestClientCert\n  client_allowed_sans: [a]\n", "5:24",
      "requires client_auth_type");
  Bad(tls + "  cipher_suites:\n    - TLS_AES_128_GCM_SHA256\n    - TLS_RSA_WITH_RC4_128_SHA\n", "6:7",
      "unknown cipher");
  Bad(tls + "  curve_preferences: [CurveP256, CurveP1]\n", "4:34", "unknown curve: CurveP1");
  Bad("http_server_config: {headers: {X-Frame-Options: allow}}\n", "1:49", "deny, sameorigin");
  Bad("http_server_config: {headers: {X-Content-Type-Options: sniff}}\n", "1:56", "nosniff");
  Bad("http_server_config: {http2: maybe}\n", "1:29", "true or false");
  Bad("rate_limit: {interval: 1d, burst: 1}\n", "1:24", "not a duration");
  Bad("rate_limit: {interval: 1s}\n", "1:13", "burst");
}

TEST_F(WebConfig, ABadHashIsRefusedAndNotShown) {
  Bad("basic_auth_users:\n  alice: open-sesame\n", "2:10", "not a bcrypt hash");
  Bad("basic_auth_users:\n  alice:\n", "2:3", "not a bcrypt hash");
  Bad("basic_auth_users:\n  alice: $2y$99$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi\n", "2:10",
      "cost");
  EXPECT_EQ(ToString(Read("basic_auth_users: {alice: open-sesame}\n").error()).find("sesame"),
            std::string::npos);
}

TEST_F(WebConfig, AMissingFileSaysSo) {
  const auto config = ReadConfig("/nonexistent/web.yml");
  ASSERT_FALSE(config);
  EXPECT_THAT(ToString(config.error()), HasSubstr("/nonexistent/web.yml"));
}

TEST(GoDuration, ReadsGosNotation) {
  using namespace std::chrono_literals;
  EXPECT_EQ(ParseGoDuration("0"), 0ns);
  EXPECT_EQ(ParseGoDuration("1s"), 1s);
  EXPECT_EQ(ParseGoDuration("1m30s"), 90s);
  EXPECT_EQ(ParseGoDuration("1.5h"), 90min);
  EXPECT_EQ(ParseGoDuration(".5s"), 500ms);
  EXPECT_EQ(ParseGoDuration("10ms5us3ns"), 10ms + 5us + 3ns);
  EXPECT_EQ(ParseGoDuration("2\xC2\xB5s"), 2us);
  for (const char* bad : {"", "1", "s", "1d", "-1s", "1 s", "infs", "nans", "1e3s", "99999999h", "1s2"}) {
    EXPECT_FALSE(ParseGoDuration(bad)) << bad;
  }
}

}  // namespace
}  // namespace tocsin::web_config
