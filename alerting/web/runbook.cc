#include "alerting/web/runbook.h"

#include <algorithm>

#include "base/markup.h"

namespace tocsin::web {
namespace {

constexpr std::string_view kHead =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Runbook · "
    "Tocsin</title>\n"
    "<link rel=\"icon\" href=\"ui/icon.svg\" type=\"image/svg+xml\">\n"
    "<link rel=\"stylesheet\" href=\"ui/style.css\">\n</head>\n<body>\n"
    "<header><a class=\"brand\" href=\"./#/alerts\">Tocsin</a></header>\n<main class=\"runbook\">\n";
constexpr std::string_view kFoot = "</main>\n</body>\n</html>\n";

/// Appends what stands before `mark` and takes it and the mark off `text`; false when there is no mark.
bool TakeUntil(std::string_view mark, std::string_view& text, std::string& out) {
  const size_t end = text.find(mark);
  if (end == std::string_view::npos) return false;
  out += EscapeMarkup(text.substr(0, end));
  text.remove_prefix(end + mark.size());
  return true;
}

/// The element that `text` begins with, taken off it; "" when it begins with none, as with a mark that
/// nothing ends.
std::string TakeElement(std::string_view& text) {
  std::string inner;
  std::string target;
  std::string_view rest = text.substr(text.starts_with("**") ? 2 : 1);
  if (text.starts_with("**")) {
    if (!TakeUntil("**", rest, inner)) return "";
    inner = "<strong>" + inner + "</strong>";
  } else if (text.starts_with('`')) {
    if (!TakeUntil("`", rest, inner)) return "";
    inner = "<code>" + inner + "</code>";
  } else if (!TakeUntil("](", rest, inner) || !TakeUntil(")", rest, target)) {
    return "";
  }
  text = rest;
  return inner;
}

std::string Inline(std::string_view text) {
  std::string out;
  while (true) {
    const size_t mark = std::min({text.find("**"), text.find('`'), text.find('[')});
    out += EscapeMarkup(text.substr(0, mark));
    if (mark == std::string_view::npos) return out;
    text.remove_prefix(mark);
    const std::string element = TakeElement(text);
    if (element.empty()) {
      out += text.front();
      text.remove_prefix(1);
    }
    out += element;
  }
}

std::string Anchor(std::string_view heading) {
  std::string anchor(heading);
  std::transform(anchor.begin(), anchor.end(), anchor.begin(), [](char c) {
    return c == ' ' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  return EscapeMarkup(anchor);
}

std::string Block(std::string_view text) {
  if (text.starts_with("## ")) {
    text.remove_prefix(3);
    return "<h2 id=\"" + Anchor(text) + "\">" + Inline(text) + "</h2>\n";
  }
  if (text.starts_with("# ")) return "<h1>" + Inline(text.substr(2)) + "</h1>\n";
  return "<p>" + Inline(text) + "</p>\n";
}

}  // namespace

std::string RunbookPage(std::string_view markdown) {
  std::string page(kHead);
  while (!markdown.empty()) {
    const size_t end = std::min(markdown.find("\n\n"), markdown.size());
    std::string_view block = markdown.substr(0, end);
    markdown.remove_prefix(std::min(end + 2, markdown.size()));
    while (block.starts_with('\n')) block.remove_prefix(1);
    while (block.ends_with('\n')) block.remove_suffix(1);
    if (!block.empty()) page += Block(block);
  }
  return page.append(kFoot);
}

}  // namespace tocsin::web
