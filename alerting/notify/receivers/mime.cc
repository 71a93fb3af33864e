#include "alerting/notify/receivers/mime.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "alerting/template/number.h"
#include "alerting/template/time_format.h"

namespace tocsin::notify {
namespace {

constexpr size_t kLineLength = 76;

bool IsPrintableAscii(char c) { return c >= 0x20 && c < 0x7f; }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Valid UTF-8, each rune apart.
std::vector<std::string> Runes(std::string_view text) {
  std::vector<std::string> runes;
  for (size_t pos = 0; pos < text.size();) {
    std::string rune;
    templating::AppendRune(rune, templating::DecodeRune(text, pos));
    runes.push_back(std::move(rune));
  }
  return runes;
}

std::string Base64(std::string_view bytes) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    size_t count = std::min<size_t>(3, bytes.size() - i);
    for (size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (size_t k = 0; k < 4; ++k) {
      out += k <= count ? kAlphabet[group >> (18 - 6 * k) & 63] : '=';
    }
  }
  return out;
}

/// RFC 2047: words of at most 75 characters, no rune split between two.
std::string EncodedWords(std::string_view text) {
  constexpr size_t kBytesPerWord = 42;
  std::string out;
  std::string word;
  auto flush = [&] {
    if (word.empty()) return;
    if (!out.empty()) out += ' ';
    out += "=?UTF-8?B?" + Base64(word) + "?=";
    word.clear();
  };
  for (const std::string& rune : Runes(text)) {
    if (word.size() + rune.size() > kBytesPerWord) flush();
    word += rune;
  }
  flush();
  return out;
}

/// Line breaks, controls and runs of spaces as one space each, none at the ends.
std::string OneLine(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool blank = static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
    if (!blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

bool NeedsEncoding(std::string_view text) {
  size_t word = 0;
  for (char c : text) {
    if (!IsPrintableAscii(c)) return true;
    word = c == ' ' ? 0 : word + 1;
    if (word > kLineLength - 16) return true;  // could not be folded
  }
  return text.find("=?") != std::string_view::npos;
}

std::string Phrase(std::string_view name) {
  std::string text = OneLine(name);
  if (NeedsEncoding(text)) return EncodedWords(text);
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

bool IsAddress(std::string_view text) {
  size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsPrintableAscii(c) && c != ' ' && c != '<' && c != '>' && c != ',' && c != '"' && c != '(' &&
           c != ')';
  });
}

/// One address of a list, and what stands before it.
Result<MailAddress> ReadAddress(std::string_view item) {
  auto trim = [](std::string_view text) {
    while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
    while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
    return text;
  };
  item = trim(item);
  MailAddress out;
  std::string_view address = item;
  if (item.ends_with('>')) {
    size_t open = item.rfind('<');
    if (open == std::string_view::npos)
      return Fail(ErrorCode::kInvalidArgument, "mail address with '>' but no '<'");
    address = trim(item.substr(open + 1, item.size() - open - 2));
    std::string_view name = trim(item.substr(0, open));
    bool quoted = name.size() >= 2 && name.front() == '"' && name.back() == '"';
    if (quoted) name = name.substr(1, name.size() - 2);
    for (size_t i = 0; i < name.size(); ++i) {
      if (quoted && name[i] == '\\' && i + 1 < name.size()) ++i;
      out.name += name[i];
    }
  }
  if (!IsAddress(address)) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("not a mail address: \"{}\"", OneLine(item)));
  }
  out.address = address;
  return out;
}

void AppendEncodedByte(std::string& line, char c) {
  line += fmt::format("={:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
}

}  // namespace

Result<std::vector<MailAddress>> ParseAddresses(std::string_view text) {
  std::vector<std::string_view> items;
  bool quoted = false;
  bool escaped = false;
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (std::exchange(escaped, quoted && !escaped && text[i] == '\\')) continue;
    if (text[i] == '"') quoted = !quoted;
    if (text[i] != ',' || quoted) continue;
    items.push_back(text.substr(start, i - start));
    start = i + 1;
  }
  if (quoted) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("not a mail address, a quote has no end: \"{}\"", OneLine(text)));
  }
  items.push_back(text.substr(start));

  std::vector<MailAddress> addresses;
  addresses.reserve(items.size());
  for (const std::string_view item : items) {
    auto address = ReadAddress(item);
    if (!address) return Fail(address.error());
    addresses.push_back(*std::move(address));
  }
  return addresses;
}

std::string WriteAddresses(const std::vector<MailAddress>& addresses) {
  std::string out;
  for (const MailAddress& address : addresses) {
    if (!out.empty()) out += ", ";
    out += address.name.empty() ? address.address : Phrase(address.name) + " <" + address.address + ">";
  }
  return out;
}

std::string WriteRawHeader(std::string_view name, std::string_view value) {
  std::string out(name);
  out += ':';
  size_t column = out.size();
  size_t at = 0;
  while (at < value.size()) {
    size_t end = std::min(value.find(' ', at), value.size());
    std::string_view word = value.substr(at, end - at);
    if (column + 1 + word.size() > kLineLength && !word.empty() && at > 0) {
      out += "\r\n";
      column = 0;
    }
    out += ' ';
    out += word;
    column += 1 + word.size();
    at = end + 1;
  }
  return out + "\r\n";
}

std::string WriteHeader(std::string_view name, std::string_view value) {
  std::string text = OneLine(value);
  return WriteRawHeader(name, NeedsEncoding(text) ? EncodedWords(text) : text);
}

bool IsHeaderName(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7f && c != ':'; });
}

std::string QuotedPrintable(std::string_view text) {
  std::string valid;
  for (const std::string& rune : Runes(text)) valid += rune;
  std::string out;
  std::string line;
  auto put = [&](const std::string& piece) {
    if (line.size() + piece.size() > kLineLength - 1) {
      out += line + "=\r\n";
      line.clear();
    }
    line += piece;
  };
  for (size_t i = 0; i < valid.size(); ++i) {
    char c = valid[i];
    if (c == '\r' && i + 1 < valid.size() && valid[i + 1] == '\n') continue;
    if (c == '\n' || c == '\r') {
      out += line + "\r\n";
      line.clear();
      continue;
    }
    bool line_ends = i + 1 == valid.size() || valid[i + 1] == '\n' || valid[i + 1] == '\r';
    bool space = c == ' ' || c == '\t';
    std::string piece;
    if ((IsPrintableAscii(c) && c != '=' && !space) || (space && !line_ends)) {
      piece = c;
    } else {
      AppendEncodedByte(piece, c);
    }
    put(piece);
  }
  if (!line.empty()) out += line + "\r\n";
  return out;
}

std::string MailDate(Timestamp at) {
  return templating::FormatTime(templating::Time{at, {}, "UTC"}, "Mon, 02 Jan 2006 15:04:05 -0700");
}

std::string WriteAlternatives(const std::vector<std::pair<std::string, std::string>>& parts,
                              std::string_view boundary_seed) {
  std::string boundary = "=_";
  for (char c : boundary_seed.substr(0, 60))
    boundary += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  std::string out = fmt::format("Content-Type: multipart/alternative;\r\n boundary=\"{}\"\r\n\r\n", boundary);
  for (const auto& [type, text] : parts) {
    if (text.empty()) continue;
    out += fmt::format(
        "--{}\r\nContent-Type: {}; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
        boundary, type);
    out += QuotedPrintable(text);
  }
  return out + fmt::format("--{}--\r\n", boundary);
}

}  // namespace tocsin::notify
