// TlsOptions as OpenSSL's settings. Private to the room.
#pragma once

#include <memory>

#include "base/error.h"
#include "base/web_config/config.h"

namespace boost::asio::ssl {
class context;
}

namespace tocsin::web_config {

/// Reads the certificates and keys. Errors have the position of the key that names what is wrong.
Result<std::shared_ptr<boost::asio::ssl::context>> MakeTlsContext(const TlsOptions& options);

}  // namespace tocsin::web_config
