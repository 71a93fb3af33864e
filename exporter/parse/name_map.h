// What a parser is asked to take out of a line, by the names that the line gives it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "exporter/parse/log_record.h"

namespace tocsin::parse {

/// A JSON key or nginx variable of the user's own, and what it stands for: a name that we know
/// ("request_time") or an extra's.
struct Alias {
  std::string name;
  std::string means;
};

struct ParserOptions {
  /// Names of variables or JSON keys whose values are wanted beside the fields, as LogRecord::Extra() of
  /// their index here. At most kMaxExtras, each once.
  std::vector<std::string> extras;
  std::vector<Alias> aliases;  ///< win over the names that we know
};

/// Names to places in a LogRecord.
class NameMap {
 public:
  /// Of the names that we know.
  NameMap() = default;
  /// kInvalidArgument: too many extras, one twice, or an alias for what is neither field nor extra.
  static Result<NameMap> Make(ParserOptions options);

  Targets Find(std::string_view name) const;
  /// The same names and these; those win.
  NameMap With(std::vector<Alias> aliases) const;
  const std::vector<std::string>& extras() const { return options_.extras; }

 private:
  Targets FindMeaning(std::string_view name) const;

  ParserOptions options_;
};

}  // namespace tocsin::parse
