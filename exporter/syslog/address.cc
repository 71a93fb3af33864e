#include "exporter/syslog/address.h"

#include <algorithm>

#include <sys/un.h>

namespace tocsin::syslog {

Result<Address> ParseAddress(std::string_view text) {
  constexpr std::string_view kUdp = "udp://";
  constexpr std::string_view kUnix = "unix://";
  const auto refuse = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalidArgument, "'" + std::string(text) + "' " + std::string(why));
  };
  Address address;
  if (text.starts_with(kUnix)) {
    address.path = text.substr(kUnix.size());
    if (!address.path.starts_with('/'))
      return refuse("needs an absolute path, as in unix:///run/tocsin.sock");
    if (address.path.size() >= sizeof(sockaddr_un::sun_path))
      return refuse("is too long for a socket's path");
    return address;
  }
  if (!text.starts_with(kUdp)) return refuse("is neither udp://HOST:PORT nor unix:///PATH");
  const std::string_view place = text.substr(kUdp.size());
  const size_t colon = place.rfind(':');
  if (colon == std::string_view::npos) return refuse("has no port");
  std::string_view host = place.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  address.host = host;
  address.port = place.substr(colon + 1);
  const bool is_number =
      !address.port.empty() && address.port.size() <= 5 &&
      std::all_of(address.port.begin(), address.port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number || std::stoi(address.port) > 65'535) return refuse("has no port number");
  return address;
}

}  // namespace tocsin::syslog
