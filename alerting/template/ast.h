// A parsed template: plain data, which the executor walks.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "alerting/template/value.h"
#include "base/error.h"

namespace tocsin::templating {

/// The text that templates came from; offsets in the tree point into it.
struct Source {
  std::string name;
  std::string text;
  /// Line and column (both from 1, in bytes) of an offset.
  Position At(size_t offset) const;
};

struct Pipeline;

/// One word of a command, with the fields that follow it: `.a.b`, `$x.y`, `(pipeline).z`, `"text"`, `printf`.
struct Operand {
  enum class Kind { kDot, kNil, kConstant, kField, kVariable, kFunction, kPipeline };
  Kind kind = Kind::kDot;
  size_t offset = 0;
  std::string text;                 ///< a constant as written; a variable's ("$x") or function's name
  Value constant;                   ///< of kConstant
  std::vector<std::string> fields;  ///< looked up one after another on the rest
  std::unique_ptr<Pipeline> pipeline;

  /// A function's or parenthesised pipeline's result with fields behind it (Go's ChainNode).
  bool is_chain() const { return !fields.empty() && (kind == Kind::kFunction || kind == Kind::kPipeline); }
};

struct Command {
  size_t offset = 0;
  std::vector<Operand> operands;
};

struct Pipeline {
  size_t offset = 0;
  std::vector<std::string> variables;  ///< declared, or assigned when `assigns`
  bool assigns = false;
  std::vector<Command> commands;
};

struct Node {
  enum class Kind { kText, kAction, kIf, kWith, kRange, kTemplate, kBreak, kContinue };
  Kind kind = Kind::kText;
  size_t offset = 0;
  std::string text{};             ///< of kText; the called template's name of kTemplate
  Pipeline pipeline{};            ///< without commands when a {{template}} gets no data
  std::vector<Node> body{};       ///< of kIf, kWith and kRange
  std::vector<Node> otherwise{};  ///< their {{else}}
};

/// A named template.
struct Tree {
  std::string name;
  std::shared_ptr<const Source> source;
  std::vector<Node> nodes;
  /// Nothing but spaces and definitions: such a text does not replace a template of the same name.
  bool IsEmpty() const;
};

/// As Go prints nodes in its messages: `printf "%d" .X | html`.
std::string ToString(const Operand& operand);
std::string ToString(const Command& command);
std::string ToString(const Pipeline& pipeline);
std::string ToString(const Node& node);

}  // namespace tocsin::templating
