// Go's text/template and html/template, as far as Prometheus and Alertmanager users write them: an
// interpreter whose functions come in as a table, so that this room knows neither queries nor alerts.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "alerting/template/value.h"
#include "base/error.h"

namespace tocsin::templating {

/// A function that templates can call. `call` gets at least `min_args` and at most `max_args` values (-1: any
/// number); its error ends the execution, as a Go function's error result does.
struct Function {
  std::string name;
  int min_args = 0;
  int max_args = 0;
  std::function<Result<Value>(std::span<const Value> args)> call;
};

/// Functions by name. Go's own (and, or, not, len, index, slice, printf, print, println, eq … html, js,
/// urlquery, call) are always there and can be overridden.
using FunctionTable = std::map<std::string, Function, std::less<>>;

/// The table with Go's own functions added: made once for many sets, which share it.
std::shared_ptr<const FunctionTable> WithBuiltins(FunctionTable functions);

struct ExecuteLimits {
  size_t max_output_bytes = size_t{16} << 20;
  size_t max_steps = 5'000'000;  ///< nodes executed; kResourceExhausted above
  int max_depth = 200;           ///< nested {{template}} calls
};

/// A set of named templates that can call each other, as Go's *template.Template. Immutable after parsing;
/// executing is thread safe.
class TemplateSet {
 public:
  /// `missing_key_zero` is Go's Option("missingkey=zero"), which Prometheus and Alertmanager set: the missing
  /// value of a string map prints as "".
  explicit TemplateSet(FunctionTable functions, bool missing_key_zero = true);
  explicit TemplateSet(std::shared_ptr<const FunctionTable> with_builtins, bool missing_key_zero = true);

  /// Adds the {{define}}s of a text, and the text itself under `name`. Unknown functions, undefined variables
  /// and bad syntax are errors with the line and column in the text (Position::source is `name`). Later
  /// definitions replace earlier ones of the same name.
  Status Parse(std::string name, std::string_view text);
  bool Has(std::string_view name) const;

  /// Runs the template `name` on `data` (the dot). Errors carry the position in the template.
  Result<std::string> Execute(std::string_view name, const Value& data,
                              const ExecuteLimits& limits = {}) const;
  /// As html/template: what actions print is escaped for the place where it stands (text, attribute, URL,
  /// script, CSS).
  Result<std::string> ExecuteHtml(std::string_view name, const Value& data,
                                  const ExecuteLimits& limits = {}) const;

  /// Parses and runs a text that may call the set's templates, without changing the set: how fields of a
  /// receiver
  /// ("{{ template \"slack.title\" . }}") are expanded.
  Result<std::string> ExecuteText(std::string_view text, const Value& data,
                                  const ExecuteLimits& limits = {}) const;
  Result<std::string> ExecuteHtmlText(std::string_view text, const Value& data,
                                      const ExecuteLimits& limits = {}) const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace tocsin::templating
