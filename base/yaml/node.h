// A YAML document as a tree in which every value knows where it stands.
//
// Built from yaml-cpp's event parser, strictly: a duplicate key is an error, `<<` merges, anchors work, and
// plain scalars are typed as go-yaml v2 types them (so "on", "0x1f", "1_000" and "~" mean what Prometheus
// takes them for).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tocsin::yaml {

enum class Kind { kNull, kBool, kInt, kFloat, kString, kSequence, kMapping };

/// "null", "bool", "int", "float", "string", "sequence", "mapping": for messages.
std::string_view KindName(Kind kind);

/// One value. A plain value type: copying copies the subtree.
struct Node {
  struct Entry;

  Kind kind = Kind::kNull;
  Position position;
  /// The scalar's text as written, quotes and escapes undone; empty for the others.
  std::string text;
  bool quoted = false;  ///< the scalar was quoted or a block scalar, so it is a string whatever it looks like
  bool bool_value = false;     ///< of kBool
  int64_t int_value = 0;       ///< of kInt
  double float_value = 0;      ///< of kFloat and kInt
  std::vector<Node> items;     ///< of kSequence
  std::vector<Entry> entries;  ///< of kMapping, in the order written

  bool is_scalar() const { return kind < Kind::kSequence; }
  /// The value under `key`; nullptr when there is none or this is no mapping.
  const Node* Find(std::string_view key) const;
};

struct Node::Entry {
  std::string key;
  Position key_position;
  Node value;
};

/// There, and not null: YAML users write `key:` for a section they left empty.
inline bool IsSet(const Node* node) { return node != nullptr && node->kind != Kind::kNull; }

struct ParseLimits {
  size_t max_bytes = size_t{32} << 20;
  int max_depth = 100;
  size_t max_nodes = 5'000'000;  ///< after aliases are expanded: "billion laughs" ends here
};

/// Parses one document; an empty one is kNull. `source` names it in positions. kInvalidArgument with the
/// position.
Result<Node> Parse(std::string_view text, std::string source, const ParseLimits& limits = {});

/// Reads and parses a file; positions name the path as given.
Result<Node> ParseFile(const std::string& path, const ParseLimits& limits = {});

}  // namespace tocsin::yaml
