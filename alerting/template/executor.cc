// As Go's exec.go, state follows the walk: place_ is what a message is about, variables_ is a stack that
// blocks pop. The first failure is kept in error_, and everything returns at once while it is set.
#include "alerting/template/executor.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "alerting/template/number.h"
#include "alerting/template/time_format.h"

namespace tocsin::templating {
namespace {

enum class Flow { kOn, kBreak, kContinue };

class Executor {
 public:
  Executor(const Tree& tree, const ExecutionContext& context, Output& output, int depth, size_t& steps)
      : tree_(tree), context_(context), output_(output), depth_(depth), steps_(steps) {}
  Status Run(const Value& data);

 private:
  using Place = std::variant<const Node*, const Pipeline*, const Command*, const Operand*>;

  bool failed() const { return error_.has_value(); }
  void At(Place place) { place_ = place; }
  void FailHere(std::string message, ErrorCode code = ErrorCode::kInvalidArgument);
  bool Step();

  Flow Walk(const Value& dot, const std::vector<Node>& nodes);
  Flow WalkNode(const Value& dot, const Node& node);
  void Action(const Value& dot, const Node& node);
  Flow IfOrWith(const Value& dot, const Node& node);
  Flow Range(const Value& dot, const Node& node);
  Flow RangeOver(const Value& dot, const Node& node, const Value& items);
  bool Iteration(const Node& node, const Value& index, const Value& element);
  void CallTemplate(const Value& dot, const Node& node);

  Value EvalPipeline(const Value& dot, const Pipeline& pipeline, size_t commands);
  Value EvalPipeline(const Value& dot, const Pipeline& pipeline) {
    return EvalPipeline(dot, pipeline, pipeline.commands.size());
  }
  Value EvalCommand(const Value& dot, const Command& command, const std::optional<Value>& final);
  Value EvalArgument(const Value& dot, const Operand& operand);
  Value EvalChain(const Value& dot, const Operand& operand, const Value& receiver, const Command* command,
                  const std::optional<Value>& final);
  Value EvalField(const Value& receiver, const Operand& operand, const std::string& name, const Value& dot,
                  const Command* command, const std::optional<Value>& final);
  Value MissingKey(const Value& map) const;
  Value EvalFunction(const Value& dot, const Operand& name, const Command* command,
                     const std::optional<Value>& final);
  Value EvalAndOr(const Value& dot, bool is_and, const Command* command, const std::optional<Value>& final);
  std::vector<Value> EvalArguments(const Value& dot, const Command* command,
                                   const std::optional<Value>& final);
  void NotAFunction(const Command& command, const std::optional<Value>& final);
  Value Finish(const Operand& operand, const Command* command, std::string_view name, Result<Value> result);

  Value Variable(std::string_view name);
  void Assign(std::string_view name, const Value& value);

  const Tree& tree_;
  const ExecutionContext& context_;
  Output& output_;
  int depth_;
  size_t& steps_;
  std::vector<std::pair<std::string, Value>> variables_;
  Place place_;
  std::optional<Error> error_;
};

void Executor::FailHere(std::string message, ErrorCode code) {
  if (failed()) return;
  const auto [offset, text] = std::visit(
      [](const auto* node) { return std::pair<size_t, std::string>(node->offset, ToString(*node)); }, place_);
  error_ = Error(code, fmt::format("executing {} at <{}>: {}", QuoteGo(tree_.name), text, message),
                 tree_.source->At(offset));
}

bool Executor::Step() {
  if (++steps_ > context_.limits.max_steps) {
    FailHere("template takes too many steps", ErrorCode::kResourceExhausted);
  } else if (output_.size() > context_.limits.max_output_bytes) {
    FailHere("template's output is too large", ErrorCode::kResourceExhausted);
  }
  return !failed();
}

Status Executor::Run(const Value& data) {
  variables_.emplace_back("$", data);
  Walk(data, tree_.nodes);
  if (error_) return tl::unexpected(*error_);
  return {};
}

Flow Executor::Walk(const Value& dot, const std::vector<Node>& nodes) {
  for (const Node& node : nodes) {
    const Flow flow = WalkNode(dot, node);
    if (failed() || flow != Flow::kOn) return flow;
  }
  return Flow::kOn;
}

Flow Executor::WalkNode(const Value& dot, const Node& node) {
  At(&node);
  if (!Step()) return Flow::kOn;
  switch (node.kind) {
    case Node::Kind::kText:
      output_.Text(node.text);
      return Flow::kOn;
    case Node::Kind::kAction:
      Action(dot, node);
      return Flow::kOn;
    case Node::Kind::kIf:
    case Node::Kind::kWith:
      return IfOrWith(dot, node);
    case Node::Kind::kRange:
      return Range(dot, node);
    case Node::Kind::kTemplate:
      CallTemplate(dot, node);
      return Flow::kOn;
    case Node::Kind::kBreak:
      return Flow::kBreak;
    case Node::Kind::kContinue:
      return Flow::kContinue;
  }
  return Flow::kOn;
}

void Executor::Action(const Value& dot, const Node& node) {
  const std::vector<Command>& commands = node.pipeline.commands;
  const Operand& last = commands.back().operands.front();
  const bool prints = node.pipeline.variables.empty();
  const bool ends_in_call = prints && commands.size() > 1 && commands.back().operands.size() == 1 &&
                            last.kind == Operand::Kind::kFunction;
  const bool html = ends_in_call && last.text == "html" && output_.EscapesAsHtml();
  const bool query = ends_in_call && last.text == "urlquery" && output_.EscapesAsUrl();
  Value value = EvalPipeline(dot, node.pipeline, commands.size() - (html ? 1 : 0));
  if (failed() || !prints) return;
  At(&node);
  if (html && !value.is_nil()) value = value.ToString();
  if (query) value = Safe{Safe::Kind::kUrl, value.ToString()};
  const Status printed = output_.Print(value);
  if (!printed) FailHere(printed.error().message(), printed.error().code());
}

Flow Executor::IfOrWith(const Value& dot, const Node& node) {
  const size_t mark = variables_.size();
  const Value value = EvalPipeline(dot, node.pipeline);
  Flow flow = Flow::kOn;
  if (!failed()) {
    const bool with = node.kind == Node::Kind::kWith;
    flow = value.Truth() ? Walk(with ? value : dot, node.body) : Walk(dot, node.otherwise);
  }
  variables_.resize(mark);
  return flow;
}

Flow Executor::Range(const Value& dot, const Node& node) {
  const size_t mark = variables_.size();
  const Value items = EvalPipeline(dot, node.pipeline);
  const Flow flow = failed() ? Flow::kOn : RangeOver(dot, node, items);
  variables_.resize(std::min(mark, variables_.size()));
  return flow;
}

// One pass of the body; false when the loop ends here.
bool Executor::Iteration(const Node& node, const Value& index, const Value& element) {
  const std::vector<std::string>& names = node.pipeline.variables;
  const size_t mark = variables_.size();
  if (!names.empty()) {
    const Value& first = names.size() > 1 ? index : element;
    if (node.pipeline.assigns) {
      Assign(names[0], first);
      if (names.size() > 1) Assign(names[1], element);
    } else {
      // The pipeline's value was pushed under these names; each iteration overwrites it there.
      for (size_t i = 0; i < names.size(); ++i) {
        variables_[mark - names.size() + i].second = i + 1 == names.size() ? element : first;
      }
    }
  }
  const Flow flow = Walk(element, node.body);
  variables_.resize(mark);
  return !failed() && flow != Flow::kBreak && Step();
}

Flow Executor::RangeOver(const Value& dot, const Node& node, const Value& items) {
  if (const auto* count = items.As<int64_t>()) {
    if (node.pipeline.variables.size() > 1) {
      FailHere(fmt::format("can't use {} to iterate over more than one variable", *count));
      return Flow::kOn;
    }
    for (int64_t i = 0; i < *count; ++i) {
      if (!Iteration(node, i, i)) return Flow::kOn;
    }
    if (*count > 0) return Flow::kOn;
  } else if (const List* list = items.AsList()) {
    for (size_t i = 0; i < list->size(); ++i) {
      if (!Iteration(node, static_cast<int64_t>(i), (*list)[i])) return Flow::kOn;
    }
    if (!list->empty()) return Flow::kOn;
  } else if (const Map* map = items.AsMap()) {
    for (const auto& [key, value] : *map) {
      if (!Iteration(node, key, value)) return Flow::kOn;
    }
    if (!map->empty()) return Flow::kOn;
  } else if (!items.is_nil()) {
    FailHere("range can't iterate over " + items.ToString());
    return Flow::kOn;
  }
  return Walk(dot, node.otherwise);
}

void Executor::CallTemplate(const Value& dot, const Node& node) {
  const Tree* tree = context_.find(node.text);
  if (tree == nullptr) return FailHere(fmt::format("template {} not defined", QuoteGo(node.text)));
  if (depth_ >= context_.limits.max_depth) {
    return FailHere(fmt::format("exceeded maximum template depth ({})", context_.limits.max_depth),
                    ErrorCode::kResourceExhausted);
  }
  const Value data = node.pipeline.commands.empty() ? Value() : EvalPipeline(dot, node.pipeline);
  if (failed()) return;
  Executor callee(*tree, context_, output_, depth_ + 1, steps_);
  const Status status = callee.Run(data);
  if (!status) error_ = status.error();
}

Value Executor::EvalPipeline(const Value& dot, const Pipeline& pipeline, size_t commands) {
  At(&pipeline);
  if (!Step()) return {};
  std::optional<Value> value;
  for (size_t i = 0; i < commands && !failed(); ++i) value = EvalCommand(dot, pipeline.commands[i], value);
  if (failed()) return {};
  for (const std::string& name : pipeline.variables) {
    if (pipeline.assigns) {
      Assign(name, *value);
    } else {
      variables_.emplace_back(name, *value);
    }
  }
  return std::move(*value);
}

void Executor::NotAFunction(const Command& command, const std::optional<Value>& final) {
  if (command.operands.size() > 1 || final) {
    const Operand& first = command.operands[0];
    const bool nested = first.kind == Operand::Kind::kPipeline;
    FailHere(fmt::format("can't give argument to non-function {}",
                         nested ? ToString(*first.pipeline) : ToString(first)));
  }
}

Value Executor::EvalCommand(const Value& dot, const Command& command, const std::optional<Value>& final) {
  const Operand& first = command.operands.front();
  if (first.is_chain()) {
    At(&first);
    if (first.kind == Operand::Kind::kFunction) {
      return EvalChain(dot, first, EvalFunction(dot, first, nullptr, std::nullopt), &command, final);
    }
    return EvalChain(dot, first, EvalPipeline(dot, *first.pipeline), &command, final);
  }
  switch (first.kind) {
    case Operand::Kind::kField:
      At(&first);
      return EvalChain(dot, first, dot, &command, final);
    case Operand::Kind::kVariable: {
      At(&first);
      Value value = Variable(first.text);
      if (!first.fields.empty()) return EvalChain(dot, first, value, &command, final);
      NotAFunction(command, final);
      return value;
    }
    case Operand::Kind::kFunction:
      return EvalFunction(dot, first, &command, final);
    case Operand::Kind::kPipeline:
      NotAFunction(command, final);
      return failed() ? Value() : EvalPipeline(dot, *first.pipeline);
    default:
      break;
  }
  At(&first);
  NotAFunction(command, final);
  if (first.kind == Operand::Kind::kNil) FailHere("nil is not a command");
  return first.kind == Operand::Kind::kDot ? dot : first.constant;
}

Value Executor::EvalArgument(const Value& dot, const Operand& operand) {
  At(&operand);
  if (!Step()) return {};
  switch (operand.kind) {
    case Operand::Kind::kDot:
      return dot;
    case Operand::Kind::kNil:
      return {};
    case Operand::Kind::kConstant:
      return operand.constant;
    case Operand::Kind::kField:
      return EvalChain(dot, operand, dot, nullptr, std::nullopt);
    case Operand::Kind::kVariable:
      return EvalChain(dot, operand, Variable(operand.text), nullptr, std::nullopt);
    case Operand::Kind::kFunction:
      return EvalChain(dot, operand, EvalFunction(dot, operand, nullptr, std::nullopt), nullptr,
                       std::nullopt);
    case Operand::Kind::kPipeline:
      return EvalChain(dot, operand, EvalPipeline(dot, *operand.pipeline), nullptr, std::nullopt);
  }
  return {};
}

// Looks the operand's fields up one after another; only the last one can take the command's arguments.
Value Executor::EvalChain(const Value& dot, const Operand& operand, const Value& receiver,
                          const Command* command, const std::optional<Value>& final) {
  Value value = receiver;
  for (size_t i = 0; i < operand.fields.size() && !failed(); ++i) {
    const bool last = i + 1 == operand.fields.size();
    if (i > 0 && value.is_nil()) {
      FailHere(fmt::format("nil pointer evaluating interface {{}}.{}", operand.fields[i]));
      return {};
    }
    value = EvalField(value, operand, operand.fields[i], dot, last ? command : nullptr,
                      last ? final : std::nullopt);
  }
  return failed() ? Value() : value;
}

Value Executor::MissingKey(const Value& map) const {
  return context_.missing_key_zero && map.element() == Element::kString ? Value("") : Value();
}

Value Executor::EvalField(const Value& receiver, const Operand& operand, const std::string& name,
                          const Value& dot, const Command* command, const std::optional<Value>& final) {
  if (receiver.is_nil()) return {};
  const bool has_arguments = (command != nullptr && command->operands.size() > 1) || final.has_value();
  const Object* object = receiver.AsObject();
  const auto* time = receiver.As<Time>();
  const auto* duration = receiver.As<Value::Nanoseconds>();
  const auto* named = receiver.As<Named>();
  if (object != nullptr || time != nullptr || duration != nullptr || named != nullptr) {
    const std::vector<Value> args = EvalArguments(dot, command, final);
    if (failed()) return {};
    auto called = object != nullptr  ? object->Call(name, args)
                  : time != nullptr  ? CallTimeMethod(*time, name, args)
                  : named != nullptr ? CallNamedMethod(*named, name, args)
                                     : CallDurationMethod(*duration, name, args);
    if (called) return Finish(operand, nullptr, name, std::move(*called));
  }
  if (object != nullptr) {
    if (auto field = object->Field(name)) {
      if (has_arguments) {
        At(&operand);
        FailHere(fmt::format("{} has arguments but cannot be invoked as function", name));
      }
      return std::move(*field);
    }
  }
  if (const Map* map = receiver.AsMap()) {
    if (has_arguments) {
      At(&operand);
      FailHere(fmt::format("{} is not a method but has arguments", name));
    }
    const auto found = map->find(name);
    return found == map->end() ? MissingKey(receiver) : found->second;
  }
  FailHere(fmt::format("can't evaluate field {} in type {}", name, receiver.TypeName()));
  return {};
}

std::vector<Value> Executor::EvalArguments(const Value& dot, const Command* command,
                                           const std::optional<Value>& final) {
  std::vector<Value> args;
  for (size_t i = 1; command != nullptr && i < command->operands.size() && !failed(); ++i) {
    args.push_back(EvalArgument(dot, command->operands[i]));
  }
  if (final) args.push_back(*final);
  return args;
}

// Turns a call's failure into a message at the right place.
Value Executor::Finish(const Operand& operand, const Command* command, std::string_view name,
                       Result<Value> result) {
  if (result) return std::move(*result);
  if (command != nullptr) {
    At(command);
  } else {
    At(&operand);
  }
  // The number and the types of arguments are the caller's fault, which Go finds before the call.
  const std::string& message = result.error().message();
  const bool before =
      message.starts_with("wrong number of args for ") || message.starts_with("wrong type for value");
  FailHere(before ? message : fmt::format("error calling {}: {}", name, message), result.error().code());
  return {};
}

Value Executor::EvalFunction(const Value& dot, const Operand& name, const Command* command,
                             const std::optional<Value>& final) {
  At(&name);
  if (!Step()) return {};
  const auto found = context_.functions.find(name.text);
  if (found == context_.functions.end()) {
    FailHere(fmt::format("{} is not a defined function", QuoteGo(name.text)));
    return {};
  }
  const Function& function = found->second;
  const size_t count = (command == nullptr ? 0 : command->operands.size() - 1) + (final ? 1 : 0);
  const auto least = static_cast<size_t>(function.min_args);
  const bool variadic = function.max_args < 0;
  if (count < least || (!variadic && count > static_cast<size_t>(function.max_args))) {
    const std::string want =
        variadic ? fmt::format("at least {}", least) : fmt::format("{}", function.max_args);
    FailHere(fmt::format("wrong number of args for {}: want {} got {}", name.text, want, count));
    return {};
  }
  if (!function.call) return EvalAndOr(dot, name.text == "and", command, final);
  const std::vector<Value> args = EvalArguments(dot, command, final);
  if (failed()) return {};
  return Finish(name, command, name.text, function.call(args));
}

// The first argument that decides; what stands behind it is not evaluated.
Value Executor::EvalAndOr(const Value& dot, bool is_and, const Command* command,
                          const std::optional<Value>& final) {
  Value value;
  for (size_t i = 1; command != nullptr && i < command->operands.size() && !failed(); ++i) {
    value = EvalArgument(dot, command->operands[i]);
    if (value.Truth() != is_and) return value;
  }
  return final ? *final : value;
}

Value Executor::Variable(std::string_view name) {
  for (auto it = variables_.rbegin(); it != variables_.rend(); ++it) {
    if (it->first == name) return it->second;
  }
  FailHere(fmt::format("undefined variable: {}", name));
  return {};
}

void Executor::Assign(std::string_view name, const Value& value) {
  for (auto it = variables_.rbegin(); it != variables_.rend(); ++it) {
    if (it->first != name) continue;
    it->second = value;
    return;
  }
  FailHere(fmt::format("undefined variable: {}", name));
}

}  // namespace

Status ExecuteTree(const Tree& tree, const Value& data, const ExecutionContext& context, Output& output) {
  size_t steps = 0;
  return Executor(tree, context, output, 0, steps).Run(data);
}

}  // namespace tocsin::templating
