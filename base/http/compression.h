// gzip for responses. Private to the server.
#pragma once

#include <string_view>

#include "base/http/server.h"

namespace tocsin::http {

/// What an Accept-Encoding field says of gzip (RFC 9110 section 12.5.3): named or covered by "*", and not
/// with q=0.
bool AcceptsGzip(std::string_view accept_encoding);

/// Compresses the body, where that is worth it: text of a kilobyte or more that is not encoded yet. Says so
/// in the header, and tells caches that the answer depends on Accept-Encoding either way.
void Compress(Response& response, bool accepts_gzip);

}  // namespace tocsin::http
