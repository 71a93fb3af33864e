#include "alerting/template/ast.h"

#include <algorithm>

#include "alerting/template/number.h"

namespace tocsin::templating {

Position Source::At(size_t offset) const {
  const std::string_view before = std::string_view(text).substr(0, std::min(offset, text.size()));
  const size_t newline = before.rfind('\n');
  const size_t line_start = newline == std::string_view::npos ? 0 : newline + 1;
  return {name, static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
          static_cast<int>(before.size() - line_start) + 1};
}

bool Tree::IsEmpty() const {
  return std::all_of(nodes.begin(), nodes.end(), [](const Node& node) {
    return node.kind == Node::Kind::kText && node.text.find_first_not_of(" \t\r\n\v\f") == std::string::npos;
  });
}

std::string ToString(const Operand& operand) {
  std::string out;
  switch (operand.kind) {
    case Operand::Kind::kDot:
      out = ".";
      break;
    case Operand::Kind::kNil:
      out = "nil";
      break;
    case Operand::Kind::kField:
      break;
    case Operand::Kind::kPipeline:
      out = "(" + ToString(*operand.pipeline) + ")";
      break;
    default:
      out = operand.text;
      break;
  }
  for (const std::string& field : operand.fields) out += "." + field;
  return out;
}

std::string ToString(const Command& command) {
  std::string out;
  for (const Operand& operand : command.operands) out += (out.empty() ? "" : " ") + ToString(operand);
  return out;
}

std::string ToString(const Pipeline& pipeline) {
  std::string out;
  for (const std::string& variable : pipeline.variables) out += (out.empty() ? "" : ", ") + variable;
  if (!pipeline.variables.empty()) out += pipeline.assigns ? " = " : " := ";
  for (size_t i = 0; i < pipeline.commands.size(); ++i) {
    if (i > 0) out += " | ";
    out += ToString(pipeline.commands[i]);
  }
  return out;
}

std::string ToString(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kText:
      return node.text;
    case Node::Kind::kAction:
      return "{{" + ToString(node.pipeline) + "}}";
    case Node::Kind::kTemplate: {
      const std::string data = node.pipeline.commands.empty() ? "" : " " + ToString(node.pipeline);
      return "{{template " + QuoteGo(node.text) + data + "}}";
    }
    case Node::Kind::kBreak:
      return "{{break}}";
    case Node::Kind::kContinue:
      return "{{continue}}";
    default:
      break;
  }
  std::string out = node.kind == Node::Kind::kIf     ? "{{if "
                    : node.kind == Node::Kind::kWith ? "{{with "
                                                     : "{{range ";
  out += ToString(node.pipeline) + "}}";
  for (const Node& child : node.body) out += ToString(child);
  if (!node.otherwise.empty()) out += "{{else}}";
  for (const Node& child : node.otherwise) out += ToString(child);
  return out + "{{end}}";
}

}  // namespace tocsin::templating
