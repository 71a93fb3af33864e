// bcrypt hashes for the tests, as cheap as bcrypt allows.
#pragma once

#include <string>

#include <crypt.h>

namespace tocsin::web_config {

inline std::string HashOf(const std::string& password, unsigned long cost = 4) {
  crypt_data data{};
  const std::string setting = ::crypt_gensalt("$2b$", cost, "0123456789abcdef", 16);
  std::string hash = ::crypt_r(password.c_str(), setting.c_str(), &data);
  hash[2] = 'y';  // as htpasswd writes it
  return hash;
}

}  // namespace tocsin::web_config
