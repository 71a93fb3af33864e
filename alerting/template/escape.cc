#include "alerting/template/escape.h"

#include <array>
#include <cctype>

#include <fmt/format.h>

#include "alerting/template/json.h"
#include "alerting/template/number.h"

namespace tocsin::templating {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool IsAlnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 && (c & 0x80) == 0; }

// Replaces the bytes for which `replace` gives something.
template <typename Replace>
std::string Escape(std::string_view text, Replace replace) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    const std::string_view replacement = replace(c);
    if (replacement.empty()) {
      out += c;
    } else {
      out += replacement;
    }
  }
  return out;
}

std::string_view HtmlEntity(char c) {
  switch (c) {
    case '\0':
      return kReplacement;
    case '"':
      return "&#34;";
    case '&':
      return "&amp;";
    case '\'':
      return "&#39;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    default:
      return {};
  }
}

std::string_view UnquotedEntity(char c) {
  switch (c) {
    case '\0':
      return "&#xfffd;";
    case '\t':
      return "&#9;";
    case '\n':
      return "&#10;";
    case '\v':
      return "&#11;";
    case '\f':
      return "&#12;";
    case '\r':
      return "&#13;";
    case ' ':
      return "&#32;";
    case '=':
      return "&#61;";
    case '`':
      return "&#96;";
    case '+':
      return "&#43;";
    default:
      return HtmlEntity(c);
  }
}

}  // namespace

std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

std::string EscapeHtml(std::string_view text) { return Escape(text, HtmlEntity); }

std::string EscapeHtmlText(std::string_view text) {
  return Escape(text, [](char c) { return c == '+' ? std::string_view("&#43;") : HtmlEntity(c); });
}

std::string EscapeUnquotedAttribute(std::string_view text) {
  return text.empty() ? std::string(kRefused) : Escape(text, UnquotedEntity);
}

std::string NormalizeHtml(std::string_view text) {
  return Escape(text, [](char c) {
    return c == '&' ? std::string_view() : c == '+' ? "&#43;" : HtmlEntity(c);
  });
}

std::string StripTags(std::string_view html) {
  std::string out;
  while (!html.empty()) {
    const size_t open = html.find('<');
    out += html.substr(0, open);
    if (open == std::string_view::npos) break;
    const bool tag =
        open + 1 < html.size() && (std::isalpha(static_cast<unsigned char>(html[open + 1])) != 0 ||
                                   html[open + 1] == '/' || html[open + 1] == '!');
    const size_t close = html.find('>', open);
    if (!tag || close == std::string_view::npos) {
      out += '<';
      html.remove_prefix(open + 1);
    } else {
      html.remove_prefix(close + 1);
    }
  }
  return out;
}

std::string EscapeJs(std::string_view text) {
  std::string out;
  for (size_t pos = 0; pos < text.size();) {
    const size_t start = pos;
    const char32_t rune = DecodeRune(text, pos);
    const bool invalid = rune == 0xFFFD && pos - start == 1;
    if (rune == U'\\' || rune == U'\'' || rune == U'"') {
      out += '\\';
      out += static_cast<char>(rune);
    } else if ((!IsPrintRune(rune) && rune != 0x7F) || invalid || rune == U'<' || rune == U'>' ||
               rune == U'&' || rune == U'=') {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(rune));
    } else {
      out += text.substr(start, pos - start);
    }
  }
  return out;
}

std::string EscapeQuery(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (IsAlnum(c) || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string EscapeUrl(std::string_view url, bool normalize) {
  std::string out;
  for (size_t i = 0; i < url.size(); ++i) {
    const char c = url[i];
    const bool plain = IsAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
    const bool reserved = std::string_view("!#$&*+,/:;=?@[]").find(c) != std::string_view::npos;
    const bool escaped = c == '%' && i + 2 < url.size() &&
                         std::isxdigit(static_cast<unsigned char>(url[i + 1])) != 0 &&
                         std::isxdigit(static_cast<unsigned char>(url[i + 2])) != 0;
    if (plain || (normalize && (reserved || escaped))) {
      out += c;
    } else {
      out += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

bool IsSafeUrl(std::string_view url) {
  const size_t colon = url.find(':');
  if (colon == std::string_view::npos || url.substr(0, colon).find('/') != std::string_view::npos)
    return true;
  const std::string scheme = LowerAscii(url.substr(0, colon));
  return scheme == "http" || scheme == "https" || scheme == "mailto";
}

std::string EscapeJsValue(const Value& value) {
  const auto json = ToJson(value);
  if (!json) {
    std::string message = json.error().message();
    for (size_t at = 0; (at = message.find("*/", at)) != std::string::npos;) message.replace(at, 2, "* /");
    return fmt::format(" /* {} */null ", message);
  }
  if (json->empty()) return "\"\"";
  // A literal that touches an identifier or number in the script must not merge with it.
  const bool pad = IsAlnum(json->front()) || IsAlnum(json->back()) || json->front() == '-';
  return pad ? " " + *json + " " : *json;
}

std::string EscapeJsString(std::string_view text) {
  std::string out;
  for (size_t pos = 0; pos < text.size();) {
    const size_t start = pos;
    const char32_t rune = DecodeRune(text, pos);
    constexpr std::u32string_view kUnicode = U"\"&'+<>`";
    if (rune == U'\\') {
      out += "\\\\";
    } else if (rune == U'/') {
      out += "\\/";
    } else if (rune == U'\t' || rune == U'\n' || rune == U'\f' || rune == U'\r') {
      out += rune == U'\t' ? "\\t" : rune == U'\n' ? "\\n" : rune == U'\f' ? "\\f" : "\\r";
    } else if (rune < 0x20 || rune == 0x2028 || rune == 0x2029 ||
               kUnicode.find(rune) != std::u32string_view::npos) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(rune));
    } else {
      out += text.substr(start, pos - start);
    }
  }
  return out;
}

std::string FilterCssValue(std::string_view text) {
  std::string id;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\0' || std::string_view("\"'()/;@[\\]`{}<>").find(c) != std::string_view::npos) {
      return std::string(kRefused);
    }
    if (c == '-' && i > 0 && text[i - 1] == '-')
      return std::string(kRefused);  // "--" can begin an SGML comment's end
    if (IsAlnum(c)) id += c;
  }
  id = LowerAscii(id);
  if (id.find("expression") != std::string::npos || id.find("mozbinding") != std::string::npos) {
    return std::string(kRefused);
  }
  return std::string(text);
}

std::string EscapeCssString(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool special =
        c == '\0' || std::string_view("\t\n\f\r\"&'()+/:;<>\\{}").find(c) != std::string_view::npos;
    if (!special) {
      out += c;
      continue;
    }
    out += c == '\\' ? "\\\\" : fmt::format("\\{:x}", static_cast<unsigned char>(c));
    const bool hex_follows =
        i + 1 < text.size() && (std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0 ||
                                text[i + 1] == ' ' || text[i + 1] == '\t');
    if (c != '\\' && (hex_follows || i + 1 == text.size())) out += ' ';
  }
  return out;
}

}  // namespace tocsin::templating
