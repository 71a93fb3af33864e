#include "exporter/certificates/address.h"

#include <charconv>

#include <arpa/inet.h>

namespace tocsin::certificates {

namespace {

bool IsIpAddress(const std::string& host) {
  in6_addr any{};
  return inet_pton(AF_INET, host.c_str(), &any) == 1 || inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

bool IsPort(std::string_view text) {
  constexpr unsigned kLast = 65535;
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port > 0 && port <= kLast;
}

}  // namespace

std::string Address::HostAndPort() const {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
}

Result<Address> ParseAddress(std::string_view text) {
  const auto bad = [text](const std::string& why) {
    return Fail(ErrorCode::kInvalidArgument,
                "'" + std::string(text) + "' is no HOST:PORT or HOST:PORT/NAME: " + why);
  };
  const size_t slash = text.find('/');
  const std::string_view where = text.substr(0, slash);
  Address address;
  if (slash != std::string_view::npos) {
    address.server_name = text.substr(slash + 1);
    if (address.server_name.empty()) return bad("there is no name behind the '/'");
  }
  const size_t colon = where.rfind(':');
  if (colon == std::string_view::npos) return bad("there is no port");
  address.port = where.substr(colon + 1);
  if (!IsPort(address.port)) return bad("'" + address.port + "' is no port");
  std::string_view host = where.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad("an IPv6 address stands in brackets");
  }
  if (host.empty()) return bad("there is no host");
  address.host = host;
  if (slash == std::string_view::npos && !IsIpAddress(address.host)) address.server_name = address.host;
  return address;
}

}  // namespace tocsin::certificates
