#include "exporter/parse/log_format.h"

#include "exporter/parse/conf_tokens.h"

namespace tocsin::parse {

namespace {

using Kind = LogFormat::Piece::Kind;

bool IsNamePart(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

Position Column(size_t at) { return {"log_format", 1, static_cast<int>(at) + 1}; }

void AddLiteral(std::string_view text, LogFormat& format) {
  if (!format.pieces.empty() && format.pieces.back().kind == Kind::kLiteral) {
    format.pieces.back().text += text;
  } else {
    format.pieces.push_back({Kind::kLiteral, std::string(text)});
  }
}

Result<LogFormat> ParseDirective(std::string_view text) {
  std::vector<ConfDirective> directives;
  if (Status read = ReadDirectives(text, "log_format", directives); !read) return Fail(read.error());
  if (directives.size() != 1) {
    return Fail(ErrorCode::kInvalidArgument, "one log_format directive is expected, and nothing after it",
                {"log_format", 1, 1});
  }
  return FormatOfDirective(directives.front());
}

}  // namespace

std::string_view EscapeName(Escape escape) {
  return escape == Escape::kJson ? "json" : escape == Escape::kNone ? "none" : "default";
}

Result<Escape> ParseEscape(std::string_view name) {
  if (name == "default") return Escape::kDefault;
  if (name == "json") return Escape::kJson;
  if (name == "none") return Escape::kNone;
  return Fail(ErrorCode::kInvalidArgument,
              "unknown log format escaping \"" + std::string(name) + "\"; default, json and none are known");
}

Status AppendPieces(std::string_view text, LogFormat& format) {
  size_t at = 0;
  while (at < text.size()) {
    if (text[at] != '$') {
      const size_t end = std::min(text.find('$', at), text.size());
      AddLiteral(text.substr(at, end - at), format);
      at = end;
      continue;
    }
    const size_t dollar = at++;
    const bool braced = at < text.size() && text[at] == '{';
    if (braced) ++at;
    const size_t start = at;
    while (at < text.size() && IsNamePart(text[at])) ++at;
    const std::string_view name = text.substr(start, at - start);
    if (braced && (at == text.size() || text[at] != '}')) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the closing brace of the variable \"" + std::string(name) + "\" is missing",
                  Column(dollar));
    }
    if (name.empty())
      return Fail(ErrorCode::kInvalidArgument, "a variable's name is expected after '$'", Column(dollar));
    if (braced) ++at;
    format.pieces.push_back({Kind::kVariable, std::string(name)});
  }
  return {};
}

Result<LogFormat> ParseLogFormat(std::string_view text) {
  if (text.starts_with("log_format ")) return ParseDirective(text);
  LogFormat format;
  constexpr std::string_view kEscape = "escape=";
  if (text.starts_with(kEscape)) {
    const size_t end = std::min(text.find(' '), text.size());
    const auto escape = ParseEscape(text.substr(kEscape.size(), end - kEscape.size()));
    if (!escape) return Fail(escape.error().At(Column(kEscape.size())));
    format.escape = *escape;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (Status appended = AppendPieces(text, format); !appended) return Fail(appended.error());
  if (format.pieces.empty()) return Fail(ErrorCode::kInvalidArgument, "the log format is empty");
  return format;
}

std::string LogFormat::ToString() const {
  std::string out;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const Piece& piece = pieces[i];
    if (piece.kind == Piece::Kind::kLiteral) {
      out += piece.text;
      continue;
    }
    const bool runs_on = i + 1 < pieces.size() && pieces[i + 1].kind == Piece::Kind::kLiteral &&
                         IsNamePart(pieces[i + 1].text.front());
    out += runs_on ? "${" + piece.text + "}" : "$" + piece.text;
  }
  return out;
}

bool LogFormat::IsJson() const {
  if (pieces.empty() || pieces.front().kind != Piece::Kind::kLiteral) return false;
  const size_t first = pieces.front().text.find_first_not_of(" \t");
  return first != std::string::npos && pieces.front().text[first] == '{' &&
         pieces.front().text.find_first_not_of(" \t", first + 1) != std::string::npos &&
         pieces.front().text[pieces.front().text.find_first_not_of(" \t", first + 1)] == '"';
}

}  // namespace tocsin::parse
