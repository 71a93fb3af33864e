// Asks the DNS for records that getaddrinfo() does not give: SRV, MX, NS, and addresses of one kind alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"

namespace tocsin::dns {

enum class RecordType { kA, kAaaa, kMx, kNs, kSrv };

struct Record {
  std::string
      target;  ///< an address as text, or the name that MX, NS and SRV point to, without the root's dot
  uint16_t port = 0;  ///< of SRV
};

/// In the order of the answer, without what is not of the type asked for (CNAMEs on the way). A name that
/// does not exist, or has none of that type, gives none. kUnavailable: no server gave an answer.
using Done = std::function<void(Result<std::vector<Record>>)>;

/// Thread safe.
class Resolver {
 public:
  virtual ~Resolver() = default;
  /// `done` is called once, on a thread of the resolver's, unless it is destroyed before.
  virtual void Resolve(std::string name, RecordType type, Done done) = 0;
};

/// Where to ask instead of /etc/resolv.conf's servers: an IPv4 address and a port.
struct Server {
  std::string address;
  uint16_t port = 53;
};

/// libresolv on one thread of its own, since it blocks: servers, search list, attempts and timeouts are those
/// of /etc/resolv.conf, read anew for each question. One question is asked at a time; those that wait beyond
/// a thousand are answered with kResourceExhausted. The destructor waits for the question under way.
std::unique_ptr<Resolver> MakeSystemResolver(std::vector<Server> servers = {});

}  // namespace tocsin::dns
