// Where a certificate is served: an address, and the name that a client asks for there.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace tocsin::certificates {

struct Address {
  std::string host;  ///< a name or an IP address, an IPv6 one without its brackets
  std::string port;  ///< decimal
  std::string
      server_name;  ///< what the handshake asks for; "" when the host is an IP address and no name is given

  /// "host:port", an IPv6 address in brackets.
  std::string HostAndPort() const;
};

/// "HOST:PORT" or "HOST:PORT/NAME", as in "127.0.0.1:443/www.example.org" and "[::1]:443". Without a name the
/// host is asked for, unless it is an IP address. kInvalidArgument says what is wrong.
Result<Address> ParseAddress(std::string_view text);

}  // namespace tocsin::certificates
