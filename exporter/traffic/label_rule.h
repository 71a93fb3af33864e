// One label of the user's own: from which field of the line it comes, and what becomes of the field's value.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "exporter/parse/log_record.h"
#include "exporter/traffic/route_table.h"

namespace re2 {
class RE2;
}

namespace tocsin::traffic {

/// Where a label's value is taken from: a field, or a variable that the parser was asked for beside them.
struct LabelSource {
  std::optional<parse::Field> field;
  size_t extra = 0;  ///< the variable's index, when `field` is unset
};

/// A plain value; copies share the compiled expressions.
class LabelRule {
 public:
  /// A value that fits becomes `to`. With `regex` the whole value has to match, and `to` may name its groups:
  /// "$1", "${1}", "$$" for a dollar.
  struct Mapping {
    std::string value;
    bool is_regex = false;
    std::string to;
  };
  struct Options {
    std::string name;  ///< of the label
    LabelSource source;
    std::vector<std::string> routes;       ///< the value is a path, and becomes the template that it fits
    std::vector<Mapping> map;              ///< the first that fits; not together with routes
    std::optional<std::string> otherwise;  ///< for values that fit none; else "other" with routes, the value
                                           ///< itself with a map
  };

  /// kInvalidArgument: not a label's name or one that we use, a bad template or expression, routes and map.
  static Result<LabelRule> Make(Options options);

  const std::string& name() const { return name_; }

  /// The label's value for a record: "" when the record has none, and then there is no such label. A view
  /// into the record, the rule or `scratch`. Allocates nothing, but for what `scratch` grows.
  std::string_view Value(const parse::LogRecord& record, std::string& scratch) const;

 private:
  struct Piece {
    std::string text;
    int group = -1;  ///< instead of text when not negative
  };
  struct Compiled {
    std::string value;                      ///< exactly this, when there is no expression
    std::shared_ptr<const re2::RE2> regex;  ///< else a match of this
    std::vector<Piece> to;
  };

  static Result<Compiled> Compile(const Mapping& mapping);
  std::string_view Mapped(std::string_view raw, std::string& scratch) const;

  std::string name_;
  LabelSource source_;
  RouteTable routes_;
  std::vector<Compiled> map_;
  std::optional<std::string> otherwise_;
};

}  // namespace tocsin::traffic
