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

LogFormat NamedFormat(std::string_view name, std::string_view text) {
  LogFormat format = text.empty() ? LogFormat() : ParseLogFormat(text).value();
  format.name = name;
  return format;
}

Result<LogFormat> FindFormat(std::string_view format, const NginxLogs& nginx) {
  for (const LogFormat& named : nginx.formats) {
    if (named.name == format) return named;
  }
  if (format == "json") return NamedFormat("json", {});
  if (const KnownFormat* known = FindKnownFormat(format)) return NamedFormat(known->name, known->text);
  if (format.find('$') != std::string_view::npos) return ParseLogFormat(format);
  std::string names = "auto, json";
  for (const KnownFormat& known : KnownFormats()) names += ", " + std::string(known.name);
  for (const LogFormat& named : nginx.formats) names += ", " + named.name;
  return Fail(ErrorCode::kInvalidArgument, "unknown log format \"" + std::string(format) + "\": " + names +
                                               " are known, or a log_format string with nginx's $variables");
}

void AddOnce(LogFormat format, std::vector<LogFormat>& formats) {
  const auto same = [&](const LogFormat& known) { return known.name == format.name; };
  if (std::ranges::none_of(formats, same)) formats.push_back(std::move(format));
}

}  // namespace

std::unique_ptr<LineParser> MakeFormatParser(const LogFormat& format, const NameMap& names) {
  if (format.pieces.empty()) return std::make_unique<JsonParser>(names);
  if (!format.IsJson()) return std::make_unique<FormatParser>(format, names);
  return std::make_unique<JsonParser>(NamesFor(format, names));
}

NameMap NamesFor(const LogFormat& format, const NameMap& names) { return names.With(KeysOf(format, names)); }

Result<ParserFactory> ParserFactory::Make(std::string_view format, ParserOptions options, NginxLogs nginx) {
  auto names = NameMap::Make(std::move(options));
  if (!names) return Fail(names.error());
  if (format == "auto") return ParserFactory(Kind::kAuto, {}, std::move(*names), std::move(nginx));
  auto found = FindFormat(format, nginx);
  if (!found) return Fail(found.error());
  return ParserFactory(Kind::kFormat, std::move(*found), std::move(*names), std::move(nginx));
}

ParserFactory::ParserFactory(Kind kind, LogFormat format, NameMap names, NginxLogs nginx)
    : kind_(kind), format_(std::move(format)), names_(std::move(names)), nginx_(std::move(nginx)) {}

std::unique_ptr<LineParser> ParserFactory::MakeParser(const std::string& path, const Logger& log) const {
  if (kind_ == Kind::kFormat) return MakeFormatParser(format_, names_);
  const std::vector<LogFormat> formats = Candidates(path);
  std::vector<AutoParser::Candidate> candidates;
  candidates.reserve(formats.size());
  for (const LogFormat& format : formats)
    candidates.push_back({format.name, MakeFormatParser(format, names_)});
  return std::make_unique<AutoParser>(std::move(candidates), log);
}

std::vector<LogFormat> ParserFactory::Candidates(const std::string& path) const {
  const std::string normal = std::filesystem::path(path).lexically_normal().string();
  std::vector<LogFormat> formats;
  for (const NginxLogs::AccessLog& access_log : nginx_.access_logs) {
    if (access_log.path != normal) continue;
    for (const LogFormat& format : access_log.formats) AddOnce(format, formats);
  }
  for (const LogFormat& format : nginx_.formats) AddOnce(format, formats);
  AddOnce(NamedFormat("json", {}), formats);
  for (const KnownFormat& known : KnownFormats()) AddOnce(NamedFormat(known.name, known.text), formats);
  return formats;
}

}  // namespace tocsin::parse
