// The idea: templates lie in a tree by their segments, so a path is walked once. Where a literal segment and
// ":name" both fit, the literal one is tried first and the other when that leads nowhere; a node's depth is
// its segment's number, so no node is visited twice.
#include "exporter/traffic/route_table.h"

#include <algorithm>

namespace tocsin::traffic {

namespace {

/// The segment before the next slash, taken off `rest` with the slash; `at_end` when there was none.
std::string_view TakeSegment(std::string_view& rest, bool& at_end) {
  const size_t slash = rest.find('/');
  const std::string_view segment = rest.substr(0, slash);
  at_end = slash == std::string_view::npos;
  rest.remove_prefix(at_end ? rest.size() : slash + 1);
  return segment;
}

}  // namespace

Result<RouteTable> RouteTable::Make(const std::vector<std::string>& templates) {
  RouteTable table;
  table.templates_.reserve(templates.size());
  for (const std::string& text : templates) {
    if (Status added = table.Add(text); !added) return Fail(added.error());
  }
  return table;
}

Status RouteTable::Add(const std::string& text) {
  if (!text.starts_with('/'))
    return Fail(ErrorCode::kInvalidArgument, "route \"" + text + "\" does not begin with '/'");
  std::string_view rest = std::string_view(text).substr(1);
  size_t node = 0;
  for (bool at_end = false; !at_end;) {
    const std::string_view segment = TakeSegment(rest, at_end);
    if (segment == "*") {
      if (!at_end)
        return Fail(ErrorCode::kInvalidArgument,
                    "route \"" + text + "\" has a \"*\" that is not its last segment");
      if (nodes_[node].rest != kNone)
        return Fail(ErrorCode::kInvalidArgument, "route \"" + text + "\" is there twice");
      nodes_[node].rest = templates_.size();
      templates_.push_back(text);
      return {};
    }
    if (!segment.starts_with(':')) {
      node = LiteralChild(node, segment);
    } else if (segment.size() == 1) {
      return Fail(ErrorCode::kInvalidArgument, "route \"" + text + "\" has a parameter without a name");
    } else {
      if (nodes_[node].parameter == kNone) {
        nodes_.emplace_back();
        nodes_[node].parameter = nodes_.size() - 1;
      }
      node = nodes_[node].parameter;
    }
  }
  if (nodes_[node].end != kNone)
    return Fail(ErrorCode::kInvalidArgument,
                "route \"" + text + "\" fits the same paths as \"" + templates_[nodes_[node].end] + "\"");
  nodes_[node].end = templates_.size();
  templates_.push_back(text);
  return {};
}

size_t RouteTable::LiteralChild(size_t node, std::string_view segment) {
  const auto& literals = nodes_[node].literals;
  const auto at = std::lower_bound(literals.begin(), literals.end(), segment,
                                   [](const auto& literal, std::string_view s) { return literal.first < s; });
  if (at != literals.end() && at->first == segment) return at->second;
  const auto place = at - literals.begin();
  nodes_.emplace_back();  // moves the nodes
  auto& grown = nodes_[node].literals;
  grown.emplace(grown.begin() + place, segment, nodes_.size() - 1);
  return nodes_.size() - 1;
}

std::optional<std::string_view> RouteTable::Match(std::string_view path) const {
  path = path.substr(0, path.find_first_of("?#"));
  if (!path.starts_with('/')) return std::nullopt;
  const size_t found = Match(0, path.substr(1), false);
  if (found == kNone) return std::nullopt;
  return templates_[found];
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the deepest template
size_t RouteTable::Match(size_t node, std::string_view rest, bool at_end) const {
  const Node& here = nodes_[node];
  if (at_end) return here.end;
  std::string_view after = rest;
  bool last = false;
  const std::string_view segment = TakeSegment(after, last);
  const auto literal =
      std::lower_bound(here.literals.begin(), here.literals.end(), segment,
                       [](const auto& child, std::string_view s) { return child.first < s; });
  if (literal != here.literals.end() && literal->first == segment) {
    const size_t found = Match(literal->second, after, last);
    if (found != kNone) return found;
  }
  if (here.parameter != kNone && !segment.empty()) {
    const size_t found = Match(here.parameter, after, last);
    if (found != kNone) return found;
  }
  return here.rest;
}

}  // namespace tocsin::traffic
