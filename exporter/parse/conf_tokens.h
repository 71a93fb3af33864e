// nginx's configuration language: directives of words, with blocks (ngx_conf_read_token).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "exporter/parse/log_format.h"

namespace tocsin::parse {

/// "name argument argument;" or "name argument { … }".
struct ConfDirective {
  std::vector<std::string> words;  ///< unquoted, escapes undone; the first is the name
  Position position;               ///< of the name
  std::vector<ConfDirective> block;
  bool has_block = false;

  const std::string& name() const { return words.front(); }
};

/// Adds the directives of `text` to `out`. Errors are kInvalidArgument with nginx's words and the position in
/// `source`; blocks may nest 64 deep. A body in another language (content_by_lua_block and the like) is
/// passed over.
Status ReadDirectives(std::string_view text, const std::string& source, std::vector<ConfDirective>& out);

/// log_format NAME [escape=default|json|none] STRING...;
Result<LogFormat> FormatOfDirective(const ConfDirective& directive);

}  // namespace tocsin::parse
