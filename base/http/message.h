// What HTTP requests and responses are to the rest of the house; shared by the server and the client.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tocsin::http {

/// Header fields in order; names compare without case (RFC 9110 section 5.1).
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  /// The first value of that name; nullptr when there is none.
  const std::string* Find(std::string_view name) const;
  std::string_view Get(std::string_view name) const;  ///< "" when absent
  void Add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void Set(std::string_view name, std::string value);  ///< replaces all of that name
  bool empty() const { return fields_.empty(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<Field> fields_;
};

/// Decoded name=value pairs of a query string or a form body, in order; a name may occur again.
class Parameters {
 public:
  static Parameters Parse(std::string_view encoded);

  std::optional<std::string_view> Get(std::string_view name) const;  ///< the first
  std::vector<std::string_view> All(std::string_view name) const;
  void Add(std::string name, std::string value) { pairs_.emplace_back(std::move(name), std::move(value)); }
  auto begin() const { return pairs_.begin(); }
  auto end() const { return pairs_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

/// "%20" and "+" to bytes; malformed escapes stay as they are.
std::string UrlDecode(std::string_view text);
/// As UrlDecode for a path, where "+" is a plus.
std::string PathDecode(std::string_view text);
/// Escapes all but RFC 3986's unreserved characters.
std::string UrlEncode(std::string_view text);

/// The standard reason phrase, "" for an unknown status.
std::string_view StatusText(int status);

}  // namespace tocsin::http
