#include "tests/base/tls/certificates.h"

#include <atomic>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

namespace tocsin::tls {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Key MakeKey() { return {EVP_EC_gen("P-256"), &EVP_PKEY_free}; }

void AddExtension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  ASSERT_NE(extension, nullptr) << value;
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate MakeCertificate(const std::string& name, EVP_PKEY* key) {
  static std::atomic<long> serial = 1;
  Certificate out(X509_new(), &X509_free);
  X509_set_version(out.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(out.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(out.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(out.get()), 24L * 3600);
  X509_set_pubkey(out.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return out;
}

template <typename WriteTo>
void WritePem(const std::string& path, WriteTo write_to) {
  BIO* bio = BIO_new_file(path.c_str(), "w");
  ASSERT_NE(bio, nullptr) << path;
  EXPECT_EQ(write_to(bio), 1) << path;
  BIO_free(bio);
}

}  // namespace

Authority::Authority(const std::string& name)
    : key_(MakeKey()), certificate_(MakeCertificate(name, key_.get())) {
  std::string folder = (std::filesystem::temp_directory_path() / "tocsin_tls.XXXXXX").string();
  folder_ = ::mkdtemp(folder.data());
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
  AddExtension(certificate_.get(), certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(certificate_.get(), certificate_.get(), NID_subject_key_identifier, "hash");
  X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  WritePem(file(), [this](BIO* bio) { return PEM_write_bio_X509(bio, certificate_.get()); });
}

Authority::~Authority() { std::filesystem::remove_all(folder_); }

Pair Authority::Issue(const std::string& name, const std::string& alternative_names) const {
  const Key key = MakeKey();
  const Certificate certificate = MakeCertificate(name, key.get());
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
  AddExtension(certificate.get(), certificate_.get(), NID_subject_alt_name, alternative_names);
  X509_sign(certificate.get(), key_.get(), EVP_sha256());
  Pair out{(folder_ / (name + ".pem")).string(), (folder_ / (name + ".key")).string()};
  WritePem(out.cert, [&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); });
  WritePem(out.key, [&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  return out;
}

std::string Authority::Write(const std::string& name, std::string_view text) const {
  std::string path = (folder_ / name).string();
  std::ofstream(path, std::ios::trunc | std::ios::binary) << text;
  return path;
}

std::string ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace tocsin::tls
