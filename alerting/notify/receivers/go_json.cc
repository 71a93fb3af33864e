#include "alerting/notify/receivers/go_json.h"

#include <algorithm>
#include <string_view>

namespace tocsin::notify {

std::string GoJson(const nlohmann::ordered_json& json) {
  const std::string plain = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string out;
  out.reserve(plain.size() + plain.size() / 16);
  // None of these stand outside of strings.
  for (size_t i = 0; i < plain.size(); ++i) {
    const std::string_view rest = std::string_view(plain).substr(i);
    if (rest.front() == '<') {
      out += "\\u003c";
    } else if (rest.front() == '>') {
      out += "\\u003e";
    } else if (rest.front() == '&') {
      out += "\\u0026";
    } else if (rest.starts_with("\xe2\x80\xa8") || rest.starts_with("\xe2\x80\xa9")) {
      out += rest[2] == '\xa8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += rest.front();
    }
  }
  return out;
}

void AppendGoJson(std::string& out, std::string_view text) {
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  const auto plain = [&](char c) {
    return printable(c) && c != '<' && c != '>' && c != '&' && c != '"' && c != '\\';
  };
  if (std::all_of(text.begin(), text.end(), plain)) {
    out.append(1, '"').append(text).append(1, '"');
    return;
  }
  if (!std::all_of(text.begin(), text.end(), printable)) {
    out += GoJson(text);
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '<' || c == '>' || c == '&') {
      out += c == '<' ? "\\u003c" : c == '>' ? "\\u003e" : "\\u0026";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

std::string GoTime(Timestamp t) {
  std::string text = FormatRfc3339(t);
  if (text.find('.') == std::string::npos) return text;
  const size_t last = text.find_last_not_of("0Z");
  return text.substr(0, last + 1) + "Z";
}

}  // namespace tocsin::notify
