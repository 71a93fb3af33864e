// Where to listen for syslog datagrams.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace tocsin::syslog {

/// "udp://127.0.0.1:5531", "udp://[::1]:5531" or "unix:///run/tocsin.sock".
struct Address {
  std::string path;  ///< of the socket; "" for UDP
  std::string host;  ///< without brackets
  std::string port;
};

/// kInvalidArgument for anything else.
Result<Address> ParseAddress(std::string_view text);

}  // namespace tocsin::syslog
