// From what Beast has parsed to the house's Request. Private to the server.
#pragma once

#include <utility>
// Boost 1.74 uses std::exchange without including it.
#include <string>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>

#include "base/http/server.h"

namespace tocsin::http {

using ParsedRequest = boost::beast::http::request<boost::beast::http::string_body>;

/// What must be refused before the body is read: returns the answer, status 0 when all is well.
Response RefuseHeader(const ParsedRequest& header, bool chunked);

/// True when a reading error is the parser's complaint about what the client sent; otherwise the client went
/// away.
bool IsMalformed(const boost::system::error_code& error);

/// The answer to such a complaint: 400, 413, 414, 431 or 505.
Response RefuseMalformed(const boost::system::error_code& error, bool request_line_read);

/// Takes the parts out of `parsed`. The error is the answer to give for a target that names no path of ours.
tl::expected<Request, Response> MakeRequest(ParsedRequest& parsed, std::string remote);

}  // namespace tocsin::http
