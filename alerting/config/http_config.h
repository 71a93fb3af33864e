// The pieces that receivers of an alertmanager.yml share: http_config, tls_config, and secrets given inline
// or by file.
#pragma once

#include <string>
#include <string_view>

#include "alerting/notify/options.h"
#include "base/yaml/reader.h"

namespace tocsin::config {

/// Reads `http_config` below `in`; without one, `defaults`.
notify::HttpOptions ReadHttpConfig(yaml::MappingReader& in, const notify::HttpOptions& defaults,
                                   const std::string& file, Errors& errors);

/// Reads the TLS settings under `key`; without them, `defaults`.
http::TlsClientOptions ReadTlsConfig(yaml::MappingReader& in, const http::TlsClientOptions& defaults,
                                     const std::string& file, Errors& errors,
                                     std::string_view key = "tls_config");

/// A secret under `key`, or the name of its file under `file_key`; both at once are an error.
SecretSource ReadSecret(yaml::MappingReader& in, std::string_view key, std::string_view file_key,
                        const std::string& file);
/// The same of a URL, whose scheme must be http or https.
SecretSource ReadSecretUrl(yaml::MappingReader& in, std::string_view key, std::string_view file_key,
                           const std::string& file);
/// A URL that is no secret; true when there is one.
bool ReadUrl(yaml::MappingReader& in, std::string_view key, std::string& out);
/// A duration as Go's time.ParseDuration takes it: "1.5h", "300ms", and no days.
bool ReadGoDuration(yaml::MappingReader& in, std::string_view key, Duration& out);

}  // namespace tocsin::config
