#include "base/web_config/password.h"

#include <cstring>
#include <memory>

#include <crypt.h>
#include <openssl/crypto.h>

namespace tocsin::web_config {
namespace {

constexpr size_t kHashBytes = 60;  // "$2b$10$", 22 of salt, 31 of hash
constexpr int kLeastCost = 4;
constexpr int kMostCost = 31;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

int CostOf(const std::string& hash) { return (hash[4] - '0') * 10 + (hash[5] - '0'); }

Status CheckHash(const std::string& hash) {
  const auto refuse = [](const char* why) { return Fail(ErrorCode::kInvalidArgument, why); };
  if (hash.size() != kHashBytes) return refuse("not a bcrypt hash: it has to have 60 characters");
  const bool version =
      hash.starts_with("$2") && std::string_view("abxy").find(hash[2]) != std::string_view::npos;
  if (!version || hash[3] != '$' || hash[6] != '$' || !IsDigit(hash[4]) || !IsDigit(hash[5])) {
    return refuse("not a bcrypt hash: it has to begin as \"$2y$10$\"");
  }
  if (CostOf(hash) < kLeastCost || CostOf(hash) > kMostCost) return refuse("bcrypt cost outside of 4 to 31");
  for (const char c : hash.substr(7)) {
    if (!IsDigit(c) && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '.' && c != '/') {
      return refuse("not a bcrypt hash: it holds a character that is none of bcrypt's");
    }
  }
  return {};
}

bool Verify(const std::string& hash, const std::string& password) {
  if (password.find('\0') != std::string::npos) return false;  // crypt would not see what follows it
  // libxcrypt treats "$2x$" and "$2a$" as the faulty programs did that wrote them; Go makes no difference.
  std::string setting = hash;
  setting[2] = 'b';
  const auto data = std::make_unique<crypt_data>();
  const char* made = crypt_r(password.c_str(), setting.c_str(), data.get());
  const bool same = made != nullptr && std::strlen(made) == setting.size() &&
                    CRYPTO_memcmp(made, setting.data(), setting.size()) == 0;
  OPENSSL_cleanse(data.get(), sizeof(crypt_data));
  return same;
}

}  // namespace tocsin::web_config
