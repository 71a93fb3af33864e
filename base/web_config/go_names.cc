#include "base/web_config/go_names.h"

#include <array>
#include <utility>

#include <openssl/ssl.h>

namespace tocsin::web_config {
namespace {

template <typename Value, size_t kSize>
std::optional<Value> Find(const std::array<std::pair<std::string_view, Value>, kSize>& table,
                          std::string_view name) {
  for (const auto& [key, value] : table) {
    if (key == name) return value;
  }
  return std::nullopt;
}

using Name = std::pair<std::string_view, std::string_view>;

constexpr std::array<Name, 13> kCipherSuites = {{
    {"TLS_AES_128_GCM_SHA256", ""},
    {"TLS_AES_256_GCM_SHA384", ""},
    {"TLS_CHACHA20_POLY1305_SHA256", ""},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA"},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA"},
    {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"},
}};

constexpr std::array<Name, 4> kCurves = {
    {{"CurveP256", "P-256"}, {"CurveP384", "P-384"}, {"CurveP521", "P-521"}, {"X25519", "X25519"}}};

constexpr std::array<std::pair<std::string_view, int>, 4> kVersions = {{{"TLS10", TLS1_VERSION},
                                                                        {"TLS11", TLS1_1_VERSION},
                                                                        {"TLS12", TLS1_2_VERSION},
                                                                        {"TLS13", TLS1_3_VERSION}}};

constexpr std::array<std::pair<std::string_view, ClientAuth>, 7> kClientAuths = {
    {{"", ClientAuth::kNone},
     {"NoClientCert", ClientAuth::kNone},
     {"RequestClientCert", ClientAuth::kRequest},
     {"RequireClientCert", ClientAuth::kRequireAny},  // the toolkit's older name of the next
     {"RequireAnyClientCert", ClientAuth::kRequireAny},
     {"VerifyClientCertIfGiven", ClientAuth::kVerifyIfGiven},
     {"RequireAndVerifyClientCert", ClientAuth::kRequireAndVerify}}};

}  // namespace

std::optional<int> TlsVersion(std::string_view name) { return Find(kVersions, name); }
std::optional<std::string_view> CipherSuite(std::string_view name) { return Find(kCipherSuites, name); }
std::optional<std::string_view> Curve(std::string_view name) { return Find(kCurves, name); }
std::optional<ClientAuth> ClientAuthType(std::string_view name) { return Find(kClientAuths, name); }

}  // namespace tocsin::web_config
