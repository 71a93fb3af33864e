// Turns yaml-cpp's events into a Node tree: expands aliases within limits, refuses duplicate keys, merges
// `<<`.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <yaml-cpp/eventhandler.h>

#include "base/yaml/node.h"

namespace tocsin::yaml {

/// One document. A fault is thrown as `Stop`, the only way out of yaml-cpp's parser; Parse() catches it.
class TreeBuilder final : public YAML::EventHandler {
 public:
  struct Stop {
    Error error;
  };

  TreeBuilder(std::string source, const ParseLimits& limits) : source_(std::move(source)), limits_(limits) {}

  /// The document, once its end was seen.
  Node TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override;
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;

  Position At(const YAML::Mark& mark) const;

 private:
  /// A collection whose end has not come yet.
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    size_t nodes_before = 0;  ///< nodes_ when it began, so that its size is known at its end
    int height = 0;           ///< levels below it so far
    bool have_key = false;    ///< of a mapping: the last entry waits for its value
    bool merging = false;     ///< the last entry's key is a plain `<<`
    std::unordered_set<std::string> keys;
    std::vector<Node> merges;
    Position merge_position;
  };
  struct Anchored {
    Node node;
    size_t nodes = 0;
    int height = 0;
  };

  void Begin(Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor);
  void End();
  void Count(size_t nodes, const Position& at);
  void Remember(YAML::anchor_t anchor, const Node& node, size_t nodes, int height);
  void Place(Node node, int height, bool plain);
  void PlaceKey(Open& open, Node key, bool plain);
  void CollectMerge(Open& open, Node value) const;
  void Merge(Open& open);
  [[noreturn]] static void Refuse(std::string message, Position at,
                                  ErrorCode code = ErrorCode::kInvalidArgument);

  std::string source_;
  ParseLimits limits_;
  Node root_;
  bool started_ = false;
  size_t nodes_ = 0;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
};

}  // namespace tocsin::yaml
