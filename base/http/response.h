// A Response as bytes. Private to the server.
#pragma once

#include <string>
#include <string_view>

#include "base/http/server.h"

namespace tocsin::http {

/// What of the exchange shapes the header of its response.
struct Framing {
  int version = 11;         ///< the request's: 10 or 11
  bool keep_alive = false;  ///< whether the connection stays open afterwards
  std::string_view server;
  Timestamp now;
};

/// Status line and header section, with Date, Server, Content-Length and Connection. Fields of the handler
/// that would contradict the framing are left out, and no field can begin a new line.
std::string RenderHead(const Response& response, const Framing& framing);

/// True when the handler wants the connection closed ("Connection: close").
bool AsksToClose(const Response& response);

/// False for the statuses whose responses end with the header: 1xx, 204, 304 (RFC 9112 section 6.3).
bool MayHaveBody(int status);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
std::string HttpDate(Timestamp t);

}  // namespace tocsin::http
