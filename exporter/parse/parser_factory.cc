#include "exporter/parse/parser_factory.h"

#include <algorithm>
#include <utility>

#include "exporter/parse/auto_parser.h"
#include "exporter/parse/format_parser.h"
#include "exporter/parse/json_parser.h"
#include "exporter/parse/known_formats.h"

namespace tocsin::parse {

namespace {

using Kind = LogFormat::Piece::Kind;

/// The key at the end of a literal such as `","rt":"`; "" when there is none.
std::string_view KeyBefore(std::string_view literal) {
  literal = literal.substr(0, literal.find_last_not_of(" \t\"") + 1);
  if (!literal.ends_with(':')) return {};
  literal.remove_suffix(1);
  literal = literal.substr(0, literal.find_last_not_of(" \t") + 1);
  if (!literal.ends_with('"')) return {};
  literal.remove_suffix(1);
  const size_t quote = literal.rfind('"');
  return quote == std::string_view::npos ? std::string_view{} : literal.substr(quote + 1);
}

bool EndsValue(std::string_view literal) {
  const size_t first = literal.find_first_not_of(" \t\"");
  return first == std::string_view::npos || literal[first] == ',' || literal[first] == '}';
}

/// Keys whose whole value is one variable that we know.
std::vector<Alias> KeysOf(const LogFormat& format, const NameMap& names) {
  std::vector<Alias> aliases;
  const std::vector<LogFormat::Piece>& pieces = format.pieces;
  for (size_t i = 1; i + 1 < pieces.size(); ++i) {
    if (pieces[i].kind != Kind::kVariable || pieces[i - 1].kind != Kind::kLiteral ||
        pieces[i + 1].kind != Kind::kLiteral || names.Find(pieces[i].text).empty())
      continue;
    const std::string_view key = KeyBefore(pieces[i - 1].text);
    if (!key.empty() && EndsValue(pieces[i + 1].text)) aliases.push_back({std::string(key), pieces[i].text});
  }
  return aliases;
}

}  // namespace

std::unique_ptr<LineParser> MakeFormatParser(const LogFormat& format, const NameMap& names) {
  if (!format.IsJson()) return std::make_unique<FormatParser>(format, names);
  return std::make_unique<JsonParser>(names.With(KeysOf(format, names)));
}

Result<ParserFactory> ParserFactory::Make(std::string_view format, ParserOptions options) {
  auto names = NameMap::Make(std::move(options));
  if (!names) return Fail(names.error());
  if (format == "auto") return ParserFactory(Kind::kAuto, {}, std::move(*names));
  if (format == "json") return ParserFactory(Kind::kJson, {}, std::move(*names));
  for (const KnownFormat& known : KnownFormats()) {
    if (known.name == format)
      return ParserFactory(Kind::kFormat, *ParseLogFormat(known.text), std::move(*names));
  }
  if (format.find('$') == std::string_view::npos) {
    std::string known_names = "auto, json";
    for (const KnownFormat& known : KnownFormats()) known_names += ", " + std::string(known.name);
    return Fail(ErrorCode::kInvalidArgument,
                "unknown log format \"" + std::string(format) + "\": " + known_names +
                    " are known, or a log_format string with nginx's $variables");
  }
  auto parsed = ParseLogFormat(format);
  if (!parsed) return Fail(parsed.error());
  return ParserFactory(Kind::kFormat, std::move(*parsed), std::move(*names));
}

ParserFactory::ParserFactory(Kind kind, LogFormat format, NameMap names)
    : kind_(kind), format_(std::move(format)), names_(std::move(names)) {}

std::unique_ptr<LineParser> ParserFactory::MakeParser(const Logger& log) const {
  switch (kind_) {
    case Kind::kAuto:
      return MakeAuto(log);
    case Kind::kJson:
      return std::make_unique<JsonParser>(names_);
    case Kind::kFormat:
      break;
  }
  return MakeFormatParser(format_, names_);
}

std::unique_ptr<LineParser> ParserFactory::MakeAuto(const Logger& log) const {
  std::vector<AutoParser::Candidate> candidates;
  candidates.reserve(KnownFormats().size() + 1);
  candidates.push_back({"json", std::make_unique<JsonParser>(names_)});
  for (const KnownFormat& known : KnownFormats())
    candidates.push_back({std::string(known.name), MakeFormatParser(*ParseLogFormat(known.text), names_)});
  return std::make_unique<AutoParser>(std::move(candidates), log);
}

}  // namespace tocsin::parse
