#include "base/secret.h"

#include "base/files.h"

namespace tocsin {

Result<Secret> SecretSource::Read() const {
  if (file.empty()) return value;
  auto text = ReadFile(file, size_t{1} << 20);
  if (!text) return Fail(text.error());
  constexpr const char* kSpace = " \t\r\n";
  size_t begin = text->find_first_not_of(kSpace);
  if (begin == std::string::npos) return Secret();
  return Secret(text->substr(begin, text->find_last_not_of(kSpace) - begin + 1));
}

}  // namespace tocsin
