// The server's way from bytes to a handler, without a socket: Beast's parser under our limits, the checks of
// the header, the target's decoding, the router, and back to the header of a response.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
// Boost 1.74 uses std::exchange without including it.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/http/client.h"
#include "base/http/request.h"
#include "base/http/response.h"
#include "base/http/server.h"

namespace {

using namespace tocsin;
using namespace tocsin::http;

void Check(bool holds) {
  if (!holds) std::abort();
}

class Capture final : public Responder::Impl {
 public:
  void Send(Response response) override {
    Check(response.status != 0);
    const std::string head = RenderHead(response, {.keep_alive = true, .server = "fuzz", .now = Timestamp()});
    // One empty line, at the end: nothing of the request could break out of a field.
    Check(head.find("\r\n\r\n") == head.size() - 4);
    ++answers_;
  }
  int answers() const { return answers_; }

 private:
  int answers_ = 0;
};

Router MakeRouter() {
  const SyncHandler echo = [](const Request& request) {
    Response response = Response::Text(200, request.path);
    for (const auto& [name, value] : request.path_values) response.headers.Add("X-" + name, value);
    for (const auto& [name, value] : request.Form()) response.headers.Add(name, value);
    return response;
  };
  Router router;
  router.Get("/", echo);
  router.Get("/api/v1/label/:name/values", echo);
  router.Get("/api/*", echo);
  router.Post("/api/v1/:what", echo);
  return router;
}

void TryRequest(std::string_view bytes) {
  static const Router router = MakeRouter();
  boost::beast::http::request_parser<boost::beast::http::string_body> parser;
  parser.header_limit(4096);
  parser.body_limit(4096);
  parser.eager(true);
  boost::system::error_code error;
  while (!bytes.empty() && !parser.is_done()) {
    const size_t used = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    if (error || used == 0) break;
    bytes.remove_prefix(used);
  }
  if (error) {
    if (IsMalformed(error)) Check(RefuseMalformed(error, true).status >= 400);
    return;
  }
  if (!parser.is_done() || RefuseHeader(parser.get(), parser.chunked()).status != 0) return;
  auto message = parser.release();
  auto request = MakeRequest(message, "127.0.0.1:1");
  if (!request) return;
  Check(request->path.starts_with('/'));
  auto capture = std::make_shared<Capture>();
  router.Dispatch(std::move(*request), Responder(capture));
  Check(capture->answers() == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Check(UrlDecode(UrlEncode(text)) == text);
  Check(UrlDecode(text).size() <= text.size());
  for (const auto& [name, value] : Parameters::Parse(text)) Check(name.size() + value.size() <= text.size());
  Check(RedactUrl(text).find('?') == std::string::npos);
  TryRequest(text);
  return 0;
}
