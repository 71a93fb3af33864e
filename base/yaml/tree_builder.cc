#include "base/yaml/tree_builder.h"

#include <algorithm>

#include <fmt/format.h>
#include <yaml-cpp/mark.h>

#include "base/yaml/scalar.h"

namespace tocsin::yaml {

void TreeBuilder::Refuse(std::string message, Position at, ErrorCode code) {
  throw Stop{Error(code, std::move(message), std::move(at))};
}

Position TreeBuilder::At(const YAML::Mark& mark) const { return {source_, mark.line + 1, mark.column + 1}; }

void TreeBuilder::OnDocumentStart(const YAML::Mark& mark) {
  if (started_) Refuse("only one document is allowed in a file", At(mark));
  started_ = true;
}

void TreeBuilder::Count(size_t nodes, const Position& at) {
  nodes_ += nodes;
  if (nodes_ > limits_.max_nodes) {
    Refuse(fmt::format("the document has more than {} values (aliases expanded)", limits_.max_nodes), at,
           ErrorCode::kResourceExhausted);
  }
}

void TreeBuilder::Remember(YAML::anchor_t anchor, const Node& node, size_t nodes, int height) {
  if (anchor != YAML::NullAnchor) anchors_[anchor] = Anchored{node, nodes, height};
}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  Node node;
  node.position = At(mark);
  // For a value left out yaml-cpp gives the place of whatever comes next, often lines below: its key is
  // nearer.
  if (!open_.empty() && open_.back().have_key) {
    const Position& key = open_.back().node.entries.back().key_position;
    if (key.line != node.position.line) node.position = key;
  }
  Count(1, node.position);
  Remember(anchor, node, 1, 1);
  Place(std::move(node), 1, false);
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  const bool plain = tag == "?";
  Node node;
  if (plain) {
    node = PlainScalar(value, At(mark));
  } else if (tag == "!") {
    node = QuotedScalar(value, At(mark));
  } else {
    Result<Node> tagged = TaggedScalar(tag, value, At(mark));
    if (!tagged) throw Stop{tagged.error()};
    node = std::move(*tagged);
  }
  Count(1, node.position);
  Remember(anchor, node, 1, 1);
  Place(std::move(node), 1, plain);
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  auto found = anchors_.find(anchor);
  if (found == anchors_.end()) Refuse("the anchor's value contains this alias of itself", At(mark));
  const Anchored& anchored = found->second;
  Count(anchored.nodes, At(mark));
  if (static_cast<int>(open_.size()) + anchored.height > limits_.max_depth) {
    Refuse(fmt::format("nested deeper than {} levels", limits_.max_depth), At(mark),
           ErrorCode::kResourceExhausted);
  }
  Place(anchored.node, anchored.height, false);
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                                  YAML::EmitterStyle::value) {
  Begin(Kind::kSequence, mark, anchor);
}

void TreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value) {
  Begin(Kind::kMapping, mark, anchor);
}

void TreeBuilder::OnSequenceEnd() { End(); }
void TreeBuilder::OnMapEnd() { End(); }

void TreeBuilder::Begin(Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
  Position at = At(mark);
  if (static_cast<int>(open_.size()) >= limits_.max_depth) {
    Refuse(fmt::format("nested deeper than {} levels", limits_.max_depth), at, ErrorCode::kResourceExhausted);
  }
  if (!open_.empty() && open_.back().node.kind == Kind::kMapping && !open_.back().have_key) {
    Refuse(fmt::format("a key must be a scalar, not a {}", KindName(kind)), at);
  }
  const size_t before = nodes_;
  Count(1, at);
  Open& open = open_.emplace_back();
  open.node.kind = kind;
  open.node.position = std::move(at);
  open.anchor = anchor;
  open.nodes_before = before;
}

void TreeBuilder::End() {
  Open done = std::move(open_.back());
  open_.pop_back();
  if (!done.merges.empty()) Merge(done);
  Remember(done.anchor, done.node, nodes_ - done.nodes_before, done.height + 1);
  Place(std::move(done.node), done.height + 1, false);
}

/// Puts a finished value where it belongs: under the open collection, or at the root.
void TreeBuilder::Place(Node node, int height, bool plain) {
  if (open_.empty()) {
    root_ = std::move(node);
    return;
  }
  Open& open = open_.back();
  if (open.node.kind == Kind::kMapping && !open.have_key) {
    PlaceKey(open, std::move(node), plain);
    return;
  }
  open.height = std::max(open.height, height);
  if (open.node.kind == Kind::kSequence) {
    open.node.items.push_back(std::move(node));
  } else if (open.merging) {
    CollectMerge(open, std::move(node));
    open.node.entries.pop_back();
  } else {
    open.node.entries.back().value = std::move(node);
  }
  open.have_key = false;
}

void TreeBuilder::PlaceKey(Open& open, Node key, bool plain) {
  if (!key.is_scalar())
    Refuse(fmt::format("a key must be a scalar, not a {}", KindName(key.kind)), key.position);
  if (key.kind == Kind::kNull) Refuse("a key is missing", key.position);
  if (!open.keys.insert(key.text).second) Refuse(fmt::format("duplicate key \"{}\"", key.text), key.position);
  open.merging = plain && key.text == "<<";
  open.have_key = true;
  open.node.entries.push_back({std::move(key.text), std::move(key.position), Node{}});
}

void TreeBuilder::CollectMerge(Open& open, Node value) const {
  open.merge_position = open.node.entries.back().key_position;
  if (value.kind == Kind::kMapping) {
    open.merges.push_back(std::move(value));
    return;
  }
  bool all_mappings = value.kind == Kind::kSequence;
  for (const Node& item : value.items) all_mappings = all_mappings && item.kind == Kind::kMapping;
  if (!all_mappings) Refuse("\"<<\" takes a mapping or a sequence of mappings", open.merge_position);
  for (Node& item : value.items) open.merges.push_back(std::move(item));
}

/// What the mapping says itself wins over what it merges; of two merged ones the earlier wins.
void TreeBuilder::Merge(Open& open) {
  for (Node& merged : open.merges) {
    for (Node::Entry& entry : merged.entries) {
      if (open.keys.insert(entry.key).second) open.node.entries.push_back(std::move(entry));
    }
  }
}

}  // namespace tocsin::yaml
