// Paths to the templates that they fit: "/api/users/17" to "/api/users/:id".
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tocsin::traffic {

/// A template is made of segments between slashes: literal text, ":name" for any one segment that is not
/// empty, or a last "*" for whatever follows, nothing included. Of the templates that fit a path the one that
/// is literal for longest wins, then ":name", then "*", whatever the order they are given in. A plain value.
class RouteTable {
 public:
  RouteTable() = default;
  /// kInvalidArgument for a template that is none, or that fits the same paths as one before it.
  static Result<RouteTable> Make(const std::vector<std::string>& templates);

  /// The template that `path` fits, nullopt when none does. A query string or fragment is no part of the
  /// path. Allocates nothing; takes time by the segments of the templates, not by their number.
  std::optional<std::string_view> Match(std::string_view path) const;

  bool empty() const { return templates_.empty(); }

 private:
  static constexpr size_t kNone = static_cast<size_t>(-1);
  struct Node {
    std::vector<std::pair<std::string, size_t>> literals;  ///< segment to node, sorted by segment
    size_t parameter = kNone;                              ///< node
    size_t rest = kNone;                                   ///< template that ends in "*" here
    size_t end = kNone;                                    ///< template that ends here
  };

  Status Add(const std::string& text);
  size_t LiteralChild(size_t node, std::string_view segment);
  size_t Match(size_t node, std::string_view rest, bool at_end) const;

  std::vector<std::string> templates_;
  std::vector<Node> nodes_ = {Node{}};
};

}  // namespace tocsin::traffic
