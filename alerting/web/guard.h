// Keeps other people's web pages away from requests that change something.
//
// A browser sends requests to 127.0.0.1 for any page that asks it to, and a name that resolves to 127.0.0.1
// (DNS rebinding) even lets the page read the answer. So a request that changes something has to name a host
// that is ours, and must not come from a page of another origin.
#pragma once

#include <string>
#include <vector>

#include "base/http/server.h"

namespace tocsin::web {

/// Immutable; thread safe.
class Guard {
 public:
  /// `listen` as in http::ServerOptions; `external_url` is where users reach us. IP addresses and "localhost"
  /// are always ours.
  Guard(const std::vector<std::string>& listen, const std::string& external_url);

  /// 403 for an unknown Host or a foreign Origin, else what `handler` answers.
  http::SyncHandler Protect(http::SyncHandler handler) const;
  http::Handler Protect(http::Handler handler) const;
  /// True when every one of these addresses is loopback: where lifecycle endpoints are on by default.
  static bool AllLoopback(const std::vector<std::string>& listen);

 private:
  /// Why the request is refused; nullptr when it is not.
  const char* Refuse(const http::Request& request) const;
  bool KnownHost(std::string_view authority) const;
  bool SameOrigin(std::string_view origin, std::string_view host) const;

  std::vector<std::string> hosts_;
};

}  // namespace tocsin::web
