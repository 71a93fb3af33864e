#include "base/http/landing_page.h"

#include <string_view>

#include "base/markup.h"

namespace tocsin::http {
namespace {

constexpr std::string_view kStyle =
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:42em;margin:2em auto;padding:0 1em}"
    "h1{margin-bottom:0}"
    "ul{list-style:none;padding:0}"
    "li{padding:.6em 0;border-top:1px solid color-mix(in srgb,currentColor 20%,transparent)}"
    "a{display:inline-block;min-width:9em;font-weight:600;color:LinkText}"
    "footer{opacity:.7;font-size:.875em;margin-top:2em}";

}  // namespace

std::string Render(const LandingPage& page) {
  const std::string title = EscapeMarkup(page.title);
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";
  out.append(title).append("</title>\n<style>").append(kStyle).append("</style>\n</head>\n<body>\n<h1>");
  out.append(title).append("</h1>\n<p>").append(EscapeMarkup(page.about)).append("</p>\n<ul>\n");
  for (const LandingPage::Link& link : page.links) {
    out.append("<li><a href=\"")
        .append(EscapeMarkup(link.href))
        .append("\">")
        .append(EscapeMarkup(link.name));
    out.append("</a> ").append(EscapeMarkup(link.about)).append("</li>\n");
  }
  out.append("</ul>\n<footer>").append(EscapeMarkup(page.version)).append("</footer>\n</body>\n</html>\n");
  return out;
}

}  // namespace tocsin::http
