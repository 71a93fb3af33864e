// Passwords, tokens and webhook URLs: values that no message, log line or API answer may show.
#pragma once

#include <string>
#include <utility>

#include "base/error.h"

namespace tocsin {

/// Holds a secret text. It has no stream or format operator; whoever needs the bytes says so by Reveal(), at
/// the place where they go out.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  const std::string& Reveal() const { return text_; }
  bool empty() const { return text_.empty(); }
  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  std::string text_;
};

/// A secret that is written in the configuration, or stands in a file of its own. The file is read at each
/// use, so that a rotated one is taken up without a reload.
struct SecretSource {
  Secret value;
  std::string file;  ///< used when not empty

  bool empty() const { return value.empty() && file.empty(); }
  friend bool operator==(const SecretSource&, const SecretSource&) = default;
  /// The file's text without white space at its ends, or the value. Fails as ReadFile does; the message names
  /// the file.
  Result<Secret> Read() const;
};

}  // namespace tocsin
