// One condition on a label: `job="x"`, `status=~"5.."`. Used by selectors, routes, silences and inhibition
// alike.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "alerting/model/labels.h"
#include "base/error.h"

namespace tocsin::model {

enum class MatchOp { kEqual, kNotEqual, kRegex, kNotRegex };

/// Immutable; thread safe; copies share the compiled expression. Regular expressions are RE2, anchored at
/// both ends, and a dot matches a newline, as in Prometheus 3.
class Matcher {
 public:
  /// kInvalidArgument when the expression does not compile, in RE2's words.
  static Result<Matcher> Make(MatchOp op, std::string name, std::string value);
  static Matcher Equal(std::string name, std::string value);

  MatchOp op() const { return op_; }
  const std::string& name() const { return name_; }
  const std::string& value() const { return value_; }

  /// Of a label's value; "" stands for a missing label.
  bool Matches(std::string_view value) const;
  bool Matches(const Labels& labels) const { return Matches(labels.Get(name_)); }

  /// `name=~"value"`, the name quoted where it is not a classic one.
  std::string ToString() const;
  friend bool operator==(const Matcher& a, const Matcher& b) {
    return a.op_ == b.op_ && a.name_ == b.name_ && a.value_ == b.value_;
  }

 private:
  class Regex;
  Matcher(MatchOp op, std::string name, std::string value, std::shared_ptr<const Regex> regex);

  MatchOp op_;
  std::string name_;
  std::string value_;
  std::shared_ptr<const Regex> regex_;
};

using Matchers = std::vector<Matcher>;
bool MatchesAll(const Matchers& matchers, const Labels& labels);

}  // namespace tocsin::model
