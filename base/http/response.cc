#include "base/http/response.h"

#include <array>
#include <chrono>
#include <iterator>

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

namespace tocsin::http {
namespace {

Response Make(int status, std::string_view type, std::string body) {
  Response response;
  response.status = status;
  response.headers.Add("Content-Type", std::string(type));
  response.body = std::move(body);
  return response;
}

bool Same(std::string_view a, boost::beast::string_view b) {
  return boost::beast::iequals({a.data(), a.size()}, b);
}

bool IsFraming(std::string_view name) {
  for (const boost::beast::string_view ours :
       {"Connection", "Content-Length", "Date", "Server", "Transfer-Encoding"}) {
    if (Same(name, ours)) return true;
  }
  return false;
}

void AppendField(std::string& out, std::string_view name, std::string_view value) {
  const auto append = [&out](std::string_view text) {
    for (const char c : text) out.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
  };
  append(name);
  out += ": ";
  append(value);
  out += "\r\n";
}

}  // namespace

Response Response::Text(int status, std::string body) {
  return Make(status, "text/plain; charset=utf-8", std::move(body));
}
Response Response::Json(int status, std::string body) {
  return Make(status, "application/json", std::move(body));
}
Response Response::Html(int status, std::string body) {
  return Make(status, "text/html; charset=utf-8", std::move(body));
}

bool AsksToClose(const Response& response) { return Same(response.headers.Get("Connection"), "close"); }

bool MayHaveBody(int status) { return status >= 200 && status != 204 && status != 304; }

std::string HttpDate(Timestamp t) {
  using namespace std::chrono;
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_seconds point = floor<seconds>(sys_time<milliseconds>(milliseconds(t.millis())));
  const auto day = floor<days>(point);
  const year_month_day date(day);
  const hh_mm_ss time(point - day);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays.at(weekday(day).c_encoding()),
                     static_cast<unsigned>(date.day()), kMonths.at(static_cast<unsigned>(date.month()) - 1),
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

std::string RenderHead(const Response& response, const Framing& framing) {
  std::string out;
  out.reserve(256);
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", response.status, StatusText(response.status));
  AppendField(out, "Date", HttpDate(framing.now));
  AppendField(out, "Server", framing.server);
  for (const auto& [name, value] : response.headers) {
    if (!IsFraming(name)) AppendField(out, name, value);
  }
  if (MayHaveBody(response.status)) AppendField(out, "Content-Length", fmt::to_string(response.body.size()));
  if (!framing.keep_alive) {
    AppendField(out, "Connection", "close");
  } else if (framing.version < 11) {
    AppendField(out, "Connection", "keep-alive");
  }
  out += "\r\n";
  return out;
}

}  // namespace tocsin::http
