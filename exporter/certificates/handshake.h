// One TLS handshake, made to read the certificate that is served; nothing is sent over it and nothing
// verified, since a certificate that has run out is what we want to know of.
#pragma once

#include <functional>
#include <string>

#include "base/async/pool.h"
#include "base/error.h"
#include "exporter/certificates/address.h"

namespace tocsin::certificates {

struct Served {
  Timestamp not_after;  ///< the earliest end among the certificates that the server sent
  std::string issuer;   ///< of the server's own certificate, as "CN=…, O=…" (RFC 2253)
  std::string serial;   ///< of the same, in hexadecimal
};

using Done = std::function<void(Result<Served>)>;
/// Looks at an address and calls back once, on any thread.
using Look = std::function<void(const Address&, Done)>;

/// Looks by a handshake on `pool`, which must outlive every look; each ends after `timeout` at the latest.
/// kUnavailable: no connection, or the server refused the handshake; kTimeout.
Look LookByHandshake(async::Pool& pool, Duration timeout);

}  // namespace tocsin::certificates
