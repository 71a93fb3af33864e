#include "alerting/web/guard.h"

#include <algorithm>
#include <cctype>

#include <arpa/inet.h>

namespace tocsin::web {
namespace {

/// "[::1]:9093", "host:80", "host" to the host alone, in lower case, without brackets.
std::string HostOf(std::string_view authority) {
  if (authority.starts_with('[')) {
    authority =
        authority.substr(1, authority.find(']') == std::string_view::npos ? 0 : authority.find(']') - 1);
  } else if (size_t colon = authority.rfind(':'); colon != std::string_view::npos) {
    authority = authority.substr(0, colon);
  }
  std::string host(authority);
  std::transform(host.begin(), host.end(), host.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return host;
}

/// What stands between "scheme://" and the path.
std::string_view AuthorityOf(std::string_view url) {
  size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  return url.substr(0, url.find('/'));
}

bool IsAddress(const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

bool IsLoopback(const std::string& host) {
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  return host == "::1" || host == "localhost";
}

}  // namespace

Guard::Guard(const std::vector<std::string>& listen, const std::string& external_url) {
  hosts_.emplace_back("localhost");
  for (const std::string& address : listen) hosts_.push_back(HostOf(address));
  hosts_.push_back(HostOf(AuthorityOf(external_url)));
  std::erase(hosts_, "");
}

bool Guard::AllLoopback(const std::vector<std::string>& listen) {
  return std::all_of(listen.begin(), listen.end(),
                     [](const std::string& address) { return IsLoopback(HostOf(address)); });
}

bool Guard::KnownHost(std::string_view authority) const {
  const std::string host = HostOf(authority);
  // A name can be made to resolve to us; an address that reached us is ours.
  return IsAddress(host) || std::find(hosts_.begin(), hosts_.end(), host) != hosts_.end();
}

bool Guard::SameOrigin(std::string_view origin, std::string_view host) const {
  const std::string_view authority = AuthorityOf(origin);
  if (authority.empty()) return false;  // "null": a sandboxed page
  const std::string name = HostOf(authority);
  return authority == host || (!IsAddress(name) && name != "localhost" &&
                               std::find(hosts_.begin(), hosts_.end(), name) != hosts_.end());
}

const char* Guard::Refuse(const http::Request& request) const {
  const std::string_view host = request.headers.Get("Host");
  if (!KnownHost(host)) return "forbidden: unknown Host\n";
  const std::string* origin = request.headers.Find("Origin");
  if (origin != nullptr && !SameOrigin(*origin, host)) return "forbidden: request of another origin\n";
  return nullptr;
}

http::SyncHandler Guard::Protect(http::SyncHandler handler) const {
  return [guard = *this, handler = std::move(handler)](const http::Request& request) {
    const char* refusal = guard.Refuse(request);
    return refusal != nullptr ? http::Response::Text(403, refusal) : handler(request);
  };
}

http::Handler Guard::Protect(http::Handler handler) const {
  return
      [guard = *this, handler = std::move(handler)](const http::Request& request, http::Responder responder) {
        const char* refusal = guard.Refuse(request);
        if (refusal != nullptr) return responder(http::Response::Text(403, refusal));
        handler(request, std::move(responder));
      };
}

}  // namespace tocsin::web
