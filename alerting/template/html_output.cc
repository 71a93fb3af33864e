#include "alerting/template/html_output.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "alerting/template/escape.h"

namespace tocsin::templating {
namespace {

constexpr std::string_view kHtmlSpaces = " \t\n\f\r";

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// What html/template's stringify gives: nil prints nothing.
std::string Printed(const Value& value) { return value.is_nil() ? std::string() : value.ToString(); }

bool IsSafeText(const Value& value, Safe::Kind kind) {
  const auto* safe = value.As<Safe>();
  return safe != nullptr && safe->kind == kind;
}

tl::unexpected<Error> Unsupported(std::string_view place) {
  return Fail(ErrorCode::kUnsupported,
              fmt::format("printing {} is not supported in an HTML template", place));
}

}  // namespace

void HtmlOutput::Move(std::string_view& rest, size_t count) {
  out_ += rest.substr(0, count);
  rest.remove_prefix(std::min(count, rest.size()));
}

void HtmlOutput::Text(std::string_view text) {
  while (!text.empty()) {
    switch (state_) {
      case State::kText:
        TextStep(text);
        break;
      case State::kComment:
        CommentStep(text);
        break;
      case State::kTag:
        TagStep(text);
        break;
      case State::kAttributeName:
        AttributeNameStep(text);
        break;
      case State::kAfterName:
        AfterNameStep(text);
        break;
      case State::kBeforeValue:
        BeforeValueStep(text);
        break;
      case State::kValue:
        ValueStep(text);
        break;
      case State::kRaw:
        RawStep(text);
        break;
    }
  }
}

void HtmlOutput::TextStep(std::string_view& rest) {
  Move(rest, std::min(rest.find('<'), rest.size()));
  if (rest.empty()) return;
  const bool closing = rest.size() > 1 && rest[1] == '/';
  const char first = rest.size() > (closing ? 2U : 1U) ? rest[closing ? 2 : 1] : '\0';
  if (rest.starts_with("<!--")) {
    rest.remove_prefix(4);
    state_ = State::kComment;
  } else if (IsLetter(first)) {
    OpenTag(rest);
  } else if (LowerAscii(rest.substr(0, 9)) == "<!doctype") {
    Move(rest, 9);
  } else {
    out_ += "&lt;";
    rest.remove_prefix(1);
  }
}

void HtmlOutput::OpenTag(std::string_view& rest) {
  const bool closing = rest[1] == '/';
  size_t end = closing ? 2 : 1;
  const size_t start = end;
  while (end < rest.size() &&
         (std::isalnum(static_cast<unsigned char>(rest[end])) != 0 || rest[end] == ':' || rest[end] == '-')) {
    ++end;
  }
  element_ = closing ? "" : LowerAscii(rest.substr(start, end - start));
  Move(rest, end);
  state_ = State::kTag;
}

void HtmlOutput::CommentStep(std::string_view& rest) {
  const size_t end = rest.find("-->");
  if (end == std::string_view::npos) {
    rest = {};
    return;
  }
  rest.remove_prefix(end + 3);
  state_ = State::kText;
}

void HtmlOutput::EndTag() {
  const bool raw =
      element_ == "script" || element_ == "style" || element_ == "textarea" || element_ == "title";
  state_ = raw ? State::kRaw : State::kText;
  css_ = Css::kCode;
  js_ = Js::kCode;
  before_ = '\0';
  css_word_.clear();
}

void HtmlOutput::TagStep(std::string_view& rest) {
  const char c = rest[0];
  if (c == '>') {
    Move(rest, 1);
    return EndTag();
  }
  if (c == '/' || kHtmlSpaces.find(c) != std::string_view::npos) return Move(rest, 1);
  attribute_name_.clear();
  state_ = State::kAttributeName;
}

void HtmlOutput::AttributeNameStep(std::string_view& rest) {
  const size_t end = std::min(rest.find_first_of(" \t\n\f\r=>/"), rest.size());
  attribute_name_ += LowerAscii(rest.substr(0, end));
  const bool ends = end < rest.size();
  Move(rest, end);
  if (ends) state_ = State::kAfterName;
}

void HtmlOutput::AfterNameStep(std::string_view& rest) {
  Move(rest, std::min(rest.find_first_not_of(kHtmlSpaces), rest.size()));
  if (rest.empty()) return;
  if (rest[0] != '=') {
    state_ = State::kTag;
    return;
  }
  Move(rest, 1);
  state_ = State::kBeforeValue;
}

void HtmlOutput::BeforeValueStep(std::string_view& rest) {
  Move(rest, std::min(rest.find_first_not_of(kHtmlSpaces), rest.size()));
  if (rest.empty()) return;
  const char quote = rest[0] == '"' || rest[0] == '\'' ? rest[0] : '\0';
  if (quote != '\0') Move(rest, 1);
  BeginValue(quote);
}

void HtmlOutput::BeginValue(char quote) {
  constexpr std::array<std::string_view, 18> kUrls = {
      "action", "archive",  "background", "cite",   "classid", "codebase", "data",   "formaction", "href",
      "icon",   "longdesc", "manifest",   "poster", "profile", "src",      "usemap", "xmlns",      "lowsrc"};
  std::string_view name = attribute_name_;
  if (name.starts_with("data-")) name.remove_prefix(5);
  if (const size_t colon = name.find(':'); colon != std::string_view::npos) {
    name = name.substr(0, colon) == "xmlns" ? std::string_view("xmlns") : name.substr(colon + 1);
  }
  if (name == "style") {
    attribute_ = Attribute::kCss;
  } else if (name == "srcset") {
    attribute_ = Attribute::kSrcset;
  } else if (name.starts_with("on")) {
    attribute_ = Attribute::kJs;
  } else if (std::find(kUrls.begin(), kUrls.end(), name) != kUrls.end() ||
             name.find("src") != std::string::npos || name.find("uri") != std::string::npos ||
             name.find("url") != std::string::npos) {
    attribute_ = Attribute::kUrl;
  } else {
    attribute_ = Attribute::kPlain;
  }
  quote_ = quote;
  url_ = UrlPart::kStart;
  css_ = Css::kCode;
  js_ = Js::kCode;
  before_ = '\0';
  css_word_.clear();
  state_ = State::kValue;
}

void HtmlOutput::ValueStep(std::string_view& rest) {
  const size_t end =
      std::min(quote_ == '\0' ? rest.find_first_of(" \t\n\f\r>") : rest.find(quote_), rest.size());
  Content(rest.substr(0, end));
  rest.remove_prefix(end);
  if (rest.empty()) return;
  if (quote_ != '\0') Move(rest, 1);
  state_ = State::kTag;
}

void HtmlOutput::RawStep(std::string_view& rest) {
  const size_t end = std::min(LowerAscii(rest).find("</" + element_), rest.size());
  Content(rest.substr(0, end));
  rest.remove_prefix(end);
  if (!rest.empty()) state_ = State::kText;
}

std::string_view HtmlOutput::language() const {
  if (state_ == State::kRaw) return element_ == "style" ? "css" : element_ == "script" ? "js" : "";
  if (state_ != State::kValue) return "";
  return attribute_ == Attribute::kCss   ? "css"
         : attribute_ == Attribute::kJs  ? "js"
         : attribute_ == Attribute::kUrl ? "url"
                                         : "";
}

void HtmlOutput::Content(std::string_view text) {
  const std::string_view in = language();
  if (in == "url") UrlContent(text);
  // An entity in an attribute may stand for a quote: where the value then is can't be told.
  const bool entity = state_ == State::kValue && text.find('&') != std::string_view::npos;
  if (in == "css") {
    CssContent(text);
    if (entity) css_ = Css::kUnknown;
  } else if (in == "js") {
    JsContent(text);
    if (entity) js_ = Js::kUnknown;
  } else {
    out_ += text;
  }
}

void HtmlOutput::UrlContent(std::string_view text) {
  if (text.find_first_of("?#") != std::string_view::npos) {
    url_ = UrlPart::kQuery;
  } else if (url_ == UrlPart::kStart && text.find_first_not_of(kHtmlSpaces) != std::string_view::npos) {
    url_ = UrlPart::kPath;
  }
}

void HtmlOutput::CssContent(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (css_ == Css::kComment) {
      if (c == '*' && text.substr(i).starts_with("*/")) {
        ++i;
        out_ += ' ';
        css_ = Css::kCode;
      }
      continue;
    }
    if (css_ == Css::kCode && text.substr(i).starts_with("/*")) {
      ++i;
      css_ = Css::kComment;
      continue;
    }
    out_ += c;
    if (css_ == Css::kCode) {
      if (c == '(' && css_word_ == "url") css_ = Css::kUrl;
      if (c == '"') css_ = Css::kDouble;
      if (c == '\'') css_ = Css::kSingle;
      if (c == '"' || c == '\'') url_ = UrlPart::kStart;
      if (IsLetter(c)) {
        css_word_ += static_cast<char>(c | 0x20);
      } else {
        css_word_.clear();
      }
    } else if (c == '\\' && i + 1 < text.size()) {
      out_ += text[++i];
    } else if ((css_ == Css::kDouble && c == '"') || (css_ == Css::kSingle && c == '\'') ||
               (css_ == Css::kUrl && c == ')')) {
      css_ = Css::kCode;
    } else if (c == '?' || c == '#') {
      url_ = UrlPart::kQuery;
    } else if (url_ == UrlPart::kStart) {
      url_ = UrlPart::kPath;
    }
  }
}

// One character (or token) of code at `pos`; gives where the next one starts.
size_t HtmlOutput::JsCode(std::string_view text, size_t pos) {
  const std::string_view rest = text.substr(pos);
  if (rest.starts_with("//")) {
    js_ = Js::kLineComment;
    return pos + 2;
  }
  if (rest.starts_with("/*")) {
    js_ = Js::kBlockComment;
    newline_ = false;
    return pos + 2;
  }
  const char c = rest[0];
  out_ += c;
  if (c == '"') js_ = Js::kDouble;
  if (c == '\'') js_ = Js::kSingle;
  if (c == '`') js_ = Js::kTemplate;
  if (c == '/') {
    const bool divides = std::isalnum(static_cast<unsigned char>(before_)) != 0 || before_ == ')' ||
                         before_ == ']' || before_ == '_' || before_ == '$' || before_ == '.';
    if (!divides) js_ = Js::kRegexp;
    in_class_ = false;
  }
  if (kHtmlSpaces.find(c) == std::string_view::npos) before_ = c;
  return pos + 1;
}

void HtmlOutput::JsContent(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (js_ == Js::kCode) {
      i = JsCode(text, i);
      continue;
    }
    ++i;
    if (js_ == Js::kLineComment) {
      if (c != '\n' && c != '\r') continue;
      out_ += c;
      js_ = Js::kCode;
    } else if (js_ == Js::kBlockComment) {
      newline_ = newline_ || c == '\n' || c == '\r';
      if (c != '*' || i >= text.size() || text[i] != '/') continue;
      ++i;
      out_ += newline_ ? '\n' : ' ';
      js_ = Js::kCode;
    } else {
      out_ += c;
      if (c == '\\' && i < text.size()) {
        out_ += text[i++];
      } else if (js_ == Js::kRegexp && (c == '[' || c == ']')) {
        in_class_ = c == '[';
      } else if ((js_ == Js::kDouble && c == '"') || (js_ == Js::kSingle && c == '\'') ||
                 (js_ == Js::kTemplate && c == '`') || (js_ == Js::kRegexp && c == '/' && !in_class_)) {
        js_ = Js::kCode;
        before_ = ')';  // a value stands before whatever follows
      }
    }
  }
}

Status HtmlOutput::Print(const Value& value) {
  switch (state_) {
    case State::kText:
      out_ += IsSafeText(value, Safe::Kind::kHtml) ? value.As<Safe>()->text : EscapeHtmlText(Printed(value));
      return {};
    case State::kComment:
      return {};
    case State::kTag:
    case State::kAttributeName:
    case State::kAfterName:
      return Unsupported("a tag's or attribute's name");
    case State::kBeforeValue:
      BeginValue('\0');
      return PrintValue(value);
    case State::kValue:
      return PrintValue(value);
    case State::kRaw:
      return PrintRaw(value);
  }
  return {};
}

Status HtmlOutput::PrintValue(const Value& value) {
  Result<std::string> text = Printed(value);
  switch (attribute_) {
    case Attribute::kPlain:
      if (IsSafeText(value, Safe::Kind::kHtml)) {
        const std::string bare = StripTags(*text);
        out_ += quote_ == '\0' ? EscapeUnquotedAttribute(bare) : NormalizeHtml(bare);
        return {};
      }
      break;
    case Attribute::kUrl:
      text = InUrl(value);
      break;
    case Attribute::kCss:
      text = InCss(value);
      break;
    case Attribute::kJs:
      text = InJs(value);
      break;
    case Attribute::kSrcset:
      return Unsupported("in a srcset attribute");
  }
  if (!text) return tl::unexpected(text.error());
  out_ += quote_ == '\0' ? EscapeUnquotedAttribute(*text) : EscapeHtmlText(*text);
  return {};
}

Status HtmlOutput::PrintRaw(const Value& value) {
  if (element_ == "style" || element_ == "script") {
    const auto text = element_ == "style" ? InCss(value) : InJs(value);
    if (!text) return tl::unexpected(text.error());
    out_ += *text;
    return {};
  }
  const bool html = IsSafeText(value, Safe::Kind::kHtml);
  out_ += html ? NormalizeHtml(Printed(value)) : EscapeHtmlText(Printed(value));
  return {};
}

Result<std::string> HtmlOutput::InUrl(const Value& value) {
  const std::string text = Printed(value);
  const bool trusted = IsSafeText(value, Safe::Kind::kUrl);
  if (url_ == UrlPart::kQuery) return EscapeUrl(text, trusted);
  if (url_ == UrlPart::kStart && !trusted && !IsSafeUrl(text)) return "#" + std::string(kRefused);
  return EscapeUrl(text, true);
}

Result<std::string> HtmlOutput::InCss(const Value& value) {
  const std::string text = Printed(value);
  switch (css_) {
    case Css::kCode:
      css_word_.clear();
      return FilterCssValue(text);
    case Css::kDouble:
    case Css::kSingle:
      if (url_ == UrlPart::kQuery) return EscapeUrl(text, false);
      if (url_ == UrlPart::kStart && !IsSafeUrl(text)) return "#" + std::string(kRefused);
      return EscapeCssString(text);
    case Css::kComment:
      return std::string();
    case Css::kUrl:
      return Unsupported("in a CSS url()");
    case Css::kUnknown:
      return Unsupported("after an entity in a style attribute");
  }
  return std::string();
}

Result<std::string> HtmlOutput::InJs(const Value& value) {
  switch (js_) {
    case Js::kCode:
      before_ = ')';
      return EscapeJsValue(value);
    case Js::kDouble:
    case Js::kSingle:
      return EscapeJsString(Printed(value));
    case Js::kLineComment:
    case Js::kBlockComment:
      return std::string();
    case Js::kTemplate:
      return Unsupported("in a JavaScript template literal");
    case Js::kRegexp:
      return Unsupported("in a JavaScript regular expression");
    case Js::kUnknown:
      return Unsupported("after an entity in a script attribute");
  }
  return std::string();
}

bool HtmlOutput::EscapesAsUrl() const { return state_ == State::kValue && attribute_ == Attribute::kUrl; }

bool HtmlOutput::EscapesAsHtml() const {
  const bool raw = state_ == State::kRaw && (element_ == "title" || element_ == "textarea");
  return state_ == State::kText || raw || (state_ == State::kValue && quote_ != '\0');
}

Result<std::string> HtmlOutput::Finish() {
  if (state_ != State::kText)
    return Fail(ErrorCode::kInvalidArgument, "the HTML ends inside a tag, comment or script");
  return std::move(out_);
}

}  // namespace tocsin::templating
