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

namespace tocsin::parse {

/// Immutable once made; parsers do not depend on it.
class ParserFactory {
 public:
  /// `format` is "auto", "json", a known format's name ("combined"), or a log_format as ParseLogFormat()
  /// takes it. kInvalidArgument for what is none of these, with the column in it, and for bad options.
  static Result<ParserFactory> Make(std::string_view format, ParserOptions options = {});

  /// A parser for one log. `log` hears which format "auto" has recognised.
  std::unique_ptr<LineParser> MakeParser(const Logger& log) const;

 private:
  enum class Kind : uint8_t { kAuto, kJson, kFormat };

  ParserFactory(Kind kind, LogFormat format, NameMap names);
  std::unique_ptr<LineParser> MakeAuto(const Logger& log) const;

  Kind kind_;
  LogFormat format_;
  NameMap names_;
};

/// The parser for a log_format. One that writes JSON is read as JSON, whose keys then mean the variables that
/// stand behind them.
std::unique_ptr<LineParser> MakeFormatParser(const LogFormat& format, const NameMap& names);

}  // namespace tocsin::parse
