// Certificates for the tests of TLS, made anew for each run and removed with their folder.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace tocsin::tls {

/// A certificate and its key, as paths of PEM files.
struct Pair {
  std::string cert;
  std::string key;
};

/// A certificate authority with a folder of its own.
class Authority {
 public:
  explicit Authority(const std::string& name = "tocsin test authority");
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  /// The authority's own certificate: what a client trusts.
  std::string file() const { return (folder_ / "ca.pem").string(); }
  /// A certificate of that common name, for these names in OpenSSL's notation: "DNS:localhost,IP:127.0.0.1".
  Pair Issue(const std::string& name, const std::string& alternative_names) const;
  /// Writes a file into the folder.
  std::string Write(const std::string& name, std::string_view text) const;

 private:
  std::filesystem::path folder_;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

std::string ReadText(const std::string& path);

}  // namespace tocsin::tls
