// From what the user calls a log's format to the parser of its lines.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "exporter/parse/line_parser.h"
#include "exporter/parse/log_format.h"
#include "exporter/parse/name_map.h"
#include "exporter/parse/nginx_conf.h"

namespace tocsin::parse {

/// Immutable once made; parsers do not depend on it.
class ParserFactory {
 public:
  /// `format` is "auto", "json", the name of a format of `nginx` or of a known one ("combined"), or a
  /// log_format as ParseLogFormat() takes it. kInvalidArgument for what is none of these, with the column in
  /// it, and for bad options.
  static Result<ParserFactory> Make(std::string_view format, ParserOptions options = {},
                                    NginxLogs nginx = {});

  /// A parser for the log of that path. With "auto" the formats that nginx.conf has for the path come first.
  /// `log` hears which one was recognised.
  std::unique_ptr<LineParser> MakeParser(const std::string& path, const Logger& log) const;

  /// What "auto" tries for that path, in its order. A format without pieces is JSON of any keys.
  std::vector<LogFormat> Candidates(const std::string& path) const;
  /// The one format that was asked for; null with "auto".
  const LogFormat* format() const { return kind_ == Kind::kAuto ? nullptr : &format_; }
  const NameMap& names() const { return names_; }

 private:
  enum class Kind : uint8_t { kAuto, kFormat };

  ParserFactory(Kind kind, LogFormat format, NameMap names, NginxLogs nginx);

  Kind kind_;
  LogFormat format_;
  NameMap names_;
  NginxLogs nginx_;
};

/// The parser for a log_format. One that writes JSON is read as JSON, whose keys then mean the variables that
/// stand behind them; one without pieces is JSON of any keys.
std::unique_ptr<LineParser> MakeFormatParser(const LogFormat& format, const NameMap& names);
/// The names with the keys of a format that writes JSON.
NameMap NamesFor(const LogFormat& format, const NameMap& names);

}  // namespace tocsin::parse
