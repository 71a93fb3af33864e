// Go's names of TLS versions, cipher suites, curves and client policies, and what OpenSSL calls them. Private
// to the room.
#pragma once

#include <optional>
#include <string_view>

#include "base/web_config/config.h"

namespace tocsin::web_config {

/// "TLS12" to TLS1_2_VERSION.
std::optional<int> TlsVersion(std::string_view name);
/// "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" to "ECDHE-RSA-AES128-GCM-SHA256"; "" for a suite of TLS 1.3, which
/// neither Go nor we choose among. Only the suites that Go calls secure (crypto/tls.CipherSuites).
std::optional<std::string_view> CipherSuite(std::string_view name);
/// "CurveP256" to "P-256".
std::optional<std::string_view> Curve(std::string_view name);
/// "RequireAndVerifyClientCert"; "" is none.
std::optional<ClientAuth> ClientAuthType(std::string_view name);

}  // namespace tocsin::web_config
