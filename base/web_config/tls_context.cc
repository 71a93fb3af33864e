#include "base/web_config/tls_context.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/files.h"

namespace tocsin::web_config {
namespace {

namespace ssl = boost::asio::ssl;

struct PeerCheck {
  bool verify = false;  ///< against the CAs
  std::optional<std::vector<std::string>> allowed_sans;
};

/// Belongs to the context that asks it.
struct Context : ssl::context {
  Context() : ssl::context(ssl::context::tls_server) {}
  PeerCheck check;
};

std::string LastFault() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == nullptr ? "not acceptable" : reason;
}

tl::unexpected<Error> Refuse(const Pem& pem, const std::string& what) {
  const std::string where = pem.file.empty() ? std::string() : pem.file + ": ";
  return Fail(ErrorCode::kInvalidArgument, where + what, pem.position);
}

Result<std::string> ReadPem(const Pem& pem) {
  if (pem.file.empty()) return pem.text.Reveal();
  auto text = ReadFile(pem.file, size_t{4} << 20);
  if (!text) return Fail(text.error().At(pem.position));
  return *text;
}

Status UseCertificate(ssl::context& context, const TlsOptions& options) {
  const auto chain = ReadPem(options.certificate);
  if (!chain) return Fail(chain.error());
  const auto key = ReadPem(options.key);
  if (!key) return Fail(key.error());
  boost::system::error_code error;
  // An encrypted key would have OpenSSL ask on the terminal.
  context.set_password_callback([](size_t, ssl::context::password_purpose) { return std::string(); }, error);
  context.use_certificate_chain(boost::asio::buffer(*chain), error);
  if (error) return Refuse(options.certificate, "no certificate: " + error.message());
  context.use_private_key(boost::asio::buffer(*key), ssl::context::pem, error);
  if (error) return Refuse(options.key, "no private key of this certificate: " + error.message());
  if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
    return Refuse(options.key, "not the key of this certificate: " + LastFault());
  }
  return {};
}

Status UseClientCas(SSL_CTX* context, const Pem& pem) {
  const auto text = ReadPem(pem);
  if (!text) return Fail(text.error());
  BIO* bio = BIO_new_mem_buf(text->data(), static_cast<int>(text->size()));
  int count = 0;
  while (X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr)) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate);
    SSL_CTX_add_client_CA(context, certificate);
    X509_free(certificate);
    ++count;
  }
  BIO_free(bio);
  ERR_clear_error();
  if (count == 0) return Refuse(pem, "holds no certificate");
  return {};
}

std::string_view View(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<size_t>(ASN1_STRING_length(text))};
}

/// As Go writes an alternative name: a DNS name, a mail address and a URI as they are, an address in digits.
std::string TextOf(const GENERAL_NAME& name) {
  switch (name.type) {
    case GEN_DNS:
      return std::string(View(name.d.dNSName));
    case GEN_EMAIL:
      return std::string(View(name.d.rfc822Name));
    case GEN_URI:
      return std::string(View(name.d.uniformResourceIdentifier));
    case GEN_IPADD: {
      const std::string_view bytes = View(name.d.iPAddress);
      std::array<char, INET6_ADDRSTRLEN> text{};
      const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
      if (bytes.size() != 4 && bytes.size() != 16) return {};
      return inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr ? "" : text.data();
    }
    default:
      return {};
  }
}

bool HasAllowedName(X509* certificate, const std::vector<std::string>& allowed) {
  auto* names =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  bool found = false;
  for (int i = 0; !found && i < sk_GENERAL_NAME_num(names); ++i) {
    const std::string name = TextOf(*sk_GENERAL_NAME_value(names, i));
    found = !name.empty() && std::ranges::find(allowed, name) != allowed.end();
  }
  GENERAL_NAMES_free(names);
  return found;
}

/// In place of OpenSSL's verification, as Go knows policies that it does not.
int CheckPeer(X509_STORE_CTX* store, void* check_pointer) {
  const auto& check = *static_cast<const PeerCheck*>(check_pointer);
  if (check.verify && X509_verify_cert(store) != 1) return 0;
  X509* leaf = X509_STORE_CTX_get0_cert(store);
  if (!check.allowed_sans || (leaf != nullptr && HasAllowedName(leaf, *check.allowed_sans))) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  X509_STORE_CTX_set_error(store, X509_V_ERR_SUBJECT_ISSUER_MISMATCH);
  return 0;
}

Status UseClientPolicy(Context& context, const TlsOptions& options) {
  SSL_CTX* handle = context.native_handle();
  using enum ClientAuth;
  const bool asks = options.client_auth != kNone;
  const bool requires_one = options.client_auth == kRequireAny || options.client_auth == kRequireAndVerify;
  if (!asks) return {};
  if (options.client_ca.given()) {
    if (Status used = UseClientCas(handle, options.client_ca); !used) return used;
  } else {
    SSL_CTX_set_default_verify_paths(handle);  // Go asks the system's authorities then
  }
  context.check = {options.client_auth == kVerifyIfGiven || options.client_auth == kRequireAndVerify,
                   options.allowed_sans};
  SSL_CTX_set_verify(handle, SSL_VERIFY_PEER | (requires_one ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  SSL_CTX_set_cert_verify_callback(handle, &CheckPeer, &context.check);
  return {};
}

std::string Join(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ":") + name;
  return out;
}

Status UseProtocols(SSL_CTX* context, const TlsOptions& options) {
  const int least = options.only_tls13_ciphers ? TLS1_3_VERSION : options.min_version;
  // OpenSSL's own level forbids TLS 1.1 and below; who asks for them by name gets them.
  if (least < TLS1_2_VERSION) SSL_CTX_set_security_level(context, 0);
  const bool good =
      SSL_CTX_set_min_proto_version(context, least) == 1 &&
      SSL_CTX_set_max_proto_version(context, options.max_version) == 1 &&
      (options.ciphers.empty() || SSL_CTX_set_cipher_list(context, Join(options.ciphers).c_str()) == 1) &&
      (options.curves.empty() || SSL_CTX_set1_groups_list(context, Join(options.curves).c_str()) == 1);
  if (!good)
    return Fail(ErrorCode::kInvalidArgument, "TLS settings: " + LastFault(), options.certificate.position);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  if (options.prefer_server_ciphers) SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  return {};
}

/// HTTP/1.1 is all that we speak; a client that offers only others is told so.
int ChooseProtocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* offered, unsigned int offered_size, void* /*unused*/) {
  static constexpr std::string_view kOurs("\x08http/1.1", 9);
  unsigned char* chosen = nullptr;
  const int found =
      SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(kOurs.data()),
                            static_cast<unsigned int>(kOurs.size()), offered, offered_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

Result<std::shared_ptr<ssl::context>> MakeTlsContext(const TlsOptions& options) {
  ERR_clear_error();
  auto context = std::make_shared<Context>();
  SSL_CTX* handle = context->native_handle();
  for (const Status& step : {UseProtocols(handle, options), UseCertificate(*context, options),
                             UseClientPolicy(*context, options)}) {
    if (!step) return Fail(step.error());
  }
  SSL_CTX_set_alpn_select_cb(handle, &ChooseProtocol, nullptr);
  // Sessions are resumed only within this very configuration: its tickets have keys of their own.
  static constexpr std::string_view kSessionContext = "tocsin";
  SSL_CTX_set_session_id_context(handle, reinterpret_cast<const unsigned char*>(kSessionContext.data()),
                                 static_cast<unsigned int>(kSessionContext.size()));
  return std::shared_ptr<ssl::context>(std::move(context));
}

}  // namespace tocsin::web_config
