#include "base/http/request.h"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

namespace tocsin::http {
namespace {

namespace beast_http = boost::beast::http;

std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

/// Path and query of a request target (RFC 9112 section 3.2): origin-form, or absolute-form as a proxy's
/// client sends it.
std::string_view WithoutAuthority(std::string_view target) {
  const size_t scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) return target;
  target.remove_prefix(scheme + 3);
  const size_t path = target.find_first_of("/?");
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

/// Clients resolve "." and ".." themselves (RFC 3986 section 5.2.4); one that is left tries to climb.
bool HasDotSegment(std::string_view path) {
  for (size_t start = 0; start < path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string_view segment = path.substr(start, end - start);
    if (segment == "." || segment == "..") return true;
    start = end + 1;
  }
  return false;
}

}  // namespace

Response RefuseHeader(const ParsedRequest& header, bool chunked) {
  Response none;
  none.status = 0;
  // A body in a coding that we don't know has no end that we could find: what follows would be read as a
  // request.
  if (header.count(beast_http::field::transfer_encoding) != 0 && !chunked) {
    return Response::Text(501, "unsupported transfer coding\n");
  }
  const size_t hosts = header.count(beast_http::field::host);
  if (hosts > 1 || (hosts == 0 && header.version() >= 11)) {
    return Response::Text(400, hosts == 0 ? "missing Host header\n" : "several Host headers\n");
  }
  const auto expect = header.find(beast_http::field::expect);
  if (expect != header.end() && !boost::beast::iequals(expect->value(), "100-continue")) {
    return Response::Text(417, "unknown expectation\n");
  }
  return none;
}

Response RefuseMalformed(const boost::system::error_code& error, bool request_line_read) {
  if (error == beast_http::error::header_limit) {
    return request_line_read ? Response::Text(431, "the request header is too large\n")
                             : Response::Text(414, "the request target is too long\n");
  }
  if (error == beast_http::error::body_limit) return Response::Text(413, "the request body is too large\n");
  if (error == beast_http::error::bad_version) return Response::Text(505, "unsupported HTTP version\n");
  return Response::Text(400, "malformed request: " + error.message() + "\n");
}

bool IsMalformed(const boost::system::error_code& error) {
  return error.category() == make_error_code(beast_http::error::bad_target).category() &&
         error != beast_http::error::end_of_stream && error != beast_http::error::partial_message;
}

tl::expected<Request, Response> MakeRequest(ParsedRequest& parsed, std::string remote) {
  const auto refuse = [](std::string text) {
    return tl::unexpected<Response>(Response::Text(400, std::move(text)));
  };
  Request out;
  out.method = View(parsed.method_string());
  const std::string_view target = WithoutAuthority(View(parsed.target()));
  const size_t query = target.find('?');
  out.path = PathDecode(target.substr(0, query));
  if (out.path.empty() && query == 0) out.path = "/";
  if (!out.path.starts_with('/')) return refuse("the request target is not a path\n");
  if (out.path.find('\0') != std::string::npos) return refuse("the path holds a NUL\n");
  if (HasDotSegment(out.path)) return refuse("the path holds a dot segment\n");
  if (query != std::string_view::npos) out.query = Parameters::Parse(target.substr(query + 1));
  for (const auto& field : parsed) {
    out.headers.Add(std::string(View(field.name_string())), std::string(View(field.value())));
  }
  out.body = std::move(parsed.body());
  out.remote = std::move(remote);
  return out;
}

Parameters Request::Form() const {
  constexpr boost::beast::string_view kForm = "application/x-www-form-urlencoded";
  std::string_view type = headers.Get("Content-Type");
  type = type.substr(0, type.find_first_of("; \t"));
  Parameters out;
  if (boost::beast::iequals({type.data(), type.size()}, kForm)) out = Parameters::Parse(body);
  for (const auto& [name, value] : query) out.Add(name, value);
  return out;
}

}  // namespace tocsin::http
