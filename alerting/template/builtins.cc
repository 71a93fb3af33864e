#include "alerting/template/builtins.h"

#include <compare>
#include <optional>

#include <fmt/format.h>

#include "alerting/template/escape.h"
#include "alerting/template/format.h"

namespace tocsin::templating {
namespace {

using Args = std::span<const Value>;

tl::unexpected<Error> Bad(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

/// What the escaping functions print of their arguments, as the template itself would.
std::string Printed(Args args) {
  std::vector<Value> shown(args.begin(), args.end());
  for (Value& value : shown) {
    if (value.is_nil()) value = "<no value>";
  }
  return Sprint(shown);
}

Result<Value> Not(Args args) { return Value(!args[0].Truth()); }

Result<Value> Len(Args args) {
  const Value& item = args[0];
  if (item.is_nil()) return Bad("reflect: call of reflect.Value.Type on zero Value");
  if (const std::string* text = item.AsText()) return Value(static_cast<int64_t>(text->size()));
  if (const List* list = item.AsList()) return Value(static_cast<int64_t>(list->size()));
  if (const Map* map = item.AsMap()) return Value(static_cast<int64_t>(map->size()));
  return Bad("len of type " + item.TypeName());
}

// An index into something of `size` elements; `size` itself is fine where a slice may end.
Result<size_t> ToIndex(const Value& index, size_t limit) {
  if (index.is_nil()) return Bad("cannot index slice/array with nil");
  const auto* i = index.As<int64_t>();
  if (i == nullptr) return Bad("cannot index slice/array with type " + index.TypeName());
  if (*i < 0 || static_cast<uint64_t>(*i) > limit) return Bad(fmt::format("index out of range: {}", *i));
  return static_cast<size_t>(*i);
}

Result<Value> IndexOne(const Value& item, const Value& index) {
  if (const Map* map = item.AsMap()) {
    if (index.is_nil()) return Bad("value is nil; should be of type string");
    const auto* key = index.As<std::string>();
    if (key == nullptr) return Bad(fmt::format("value has type {}; should be string", index.TypeName()));
    const auto found = map->find(*key);
    if (found != map->end()) return found->second;
    return item.element() == Element::kString ? Value("") : Value();
  }
  const List* list = item.AsList();
  const std::string* text = item.AsText();
  if (list == nullptr && text == nullptr) return Bad("can't index item of type " + item.TypeName());
  const size_t size = list != nullptr ? list->size() : text->size();
  auto at = ToIndex(index, size);
  if (!at) return tl::unexpected(at.error());
  if (*at == size) return Bad(fmt::format("index out of range: {}", *at));
  if (list != nullptr) return (*list)[*at];
  return Value(static_cast<int64_t>(static_cast<unsigned char>((*text)[*at])));
}

Result<Value> Index(Args args) {
  if (args[0].is_nil()) return Bad("index of untyped nil");
  Value item = args[0];
  for (const Value& index : args.subspan(1)) {
    if (item.is_nil()) return Bad("index of nil pointer");
    auto next = IndexOne(item, index);
    if (!next) return next;
    item = std::move(*next);
  }
  return item;
}

Result<Value> Slice(Args args) {
  const Value& item = args[0];
  if (item.is_nil()) return Bad("slice of untyped nil");
  const List* list = item.AsList();
  const std::string* text = item.AsText();
  if (list == nullptr && text == nullptr) return Bad("can't slice item of type " + item.TypeName());
  if (args.size() > 4) return Bad(fmt::format("too many slice indexes: {}", args.size() - 1));
  if (text != nullptr && args.size() == 4) return Bad("cannot 3-index slice a string");
  const size_t size = list != nullptr ? list->size() : text->size();
  size_t bounds[3] = {0, size, size};
  for (size_t i = 1; i < args.size(); ++i) {
    auto at = ToIndex(args[i], size);
    if (!at) return tl::unexpected(at.error());
    bounds[i - 1] = *at;
  }
  if (bounds[0] > bounds[1]) return Bad(fmt::format("invalid slice index: {} > {}", bounds[0], bounds[1]));
  if (args.size() == 4 && bounds[1] > bounds[2]) {
    return Bad(fmt::format("invalid slice index: {} > {}", bounds[1], bounds[2]));
  }
  if (text != nullptr) return Value(text->substr(bounds[0], bounds[1] - bounds[0]));
  const auto begin = list->begin();
  return Value(List(begin + static_cast<ptrdiff_t>(bounds[0]), begin + static_cast<ptrdiff_t>(bounds[1])),
               item.element());
}

enum class Basic { kInvalid, kBool, kInt, kFloat, kString };

Basic BasicKind(const Value& value) {
  if (value.As<bool>() != nullptr) return Basic::kBool;
  if (value.As<int64_t>() != nullptr || value.As<Value::Nanoseconds>() != nullptr ||
      value.As<Named>() != nullptr) {
    return Basic::kInt;
  }
  if (value.As<double>() != nullptr) return Basic::kFloat;
  if (value.AsText() != nullptr) return Basic::kString;
  return Basic::kInvalid;
}

int64_t Integer(const Value& value) {
  if (const auto* named = value.As<Named>()) return named->number;
  const auto* duration = value.As<Value::Nanoseconds>();
  return duration != nullptr ? duration->count() : *value.As<int64_t>();
}

Result<bool> Same(const Value& a, const Value& b) {
  const Basic kind = BasicKind(a);
  if (kind != BasicKind(b)) {
    if (!a.is_nil() && !b.is_nil()) {
      return Bad(fmt::format("incompatible types for comparison: {} and {}", a.TypeName(), b.TypeName()));
    }
    return false;
  }
  switch (kind) {
    case Basic::kBool:
      return *a.As<bool>() == *b.As<bool>();
    case Basic::kInt:
      return Integer(a) == Integer(b);
    case Basic::kFloat:
      return *a.As<double>() == *b.As<double>();
    case Basic::kString:
      return *a.AsText() == *b.AsText();
    case Basic::kInvalid:
      break;
  }
  if (a.is_nil() || b.is_nil()) return a.is_nil() && b.is_nil();
  if (a.As<Time>() != nullptr && b.As<Time>() != nullptr) return a.As<Time>()->at == b.As<Time>()->at;
  return Bad(fmt::format("non-comparable type {}: {}", a.ToString(), a.TypeName()));
}

Result<Value> Eq(Args args) {
  if (args.size() < 2) return Bad("missing argument for comparison");
  for (const Value& other : args.subspan(1)) {
    const auto same = Same(args[0], other);
    if (!same) return tl::unexpected(same.error());
    if (*same) return Value(true);
  }
  return Value(false);
}

Result<Value> Ne(Args args) {
  const auto same = Same(args[0], args[1]);
  if (!same) return tl::unexpected(same.error());
  return Value(!*same);
}

// Unordered for NaN.
Result<std::partial_ordering> Order(const Value& a, const Value& b) {
  const Basic kind = BasicKind(a);
  const Basic other = BasicKind(b);
  if (kind == Basic::kInvalid || other == Basic::kInvalid) return Bad("invalid type for comparison");
  if (kind != other) {
    return Bad(fmt::format("incompatible types for comparison: {} and {}", a.TypeName(), b.TypeName()));
  }
  if (kind == Basic::kInt) return std::partial_ordering(Integer(a) <=> Integer(b));
  if (kind == Basic::kFloat) return *a.As<double>() <=> *b.As<double>();
  if (kind == Basic::kString) return std::partial_ordering(*a.AsText() <=> *b.AsText());
  return Bad("invalid type for comparison");
}

template <typename Test>
auto Compare(Test test) {
  return [test](Args args) -> Result<Value> {
    const auto order = Order(args[0], args[1]);
    if (!order) return tl::unexpected(order.error());
    return Value(test(*order));
  };
}

Result<Value> Call(Args args) {
  if (args[0].is_nil()) return Bad("call of nil");
  return Bad(fmt::format("non-function {} of type {}", args[0].ToString(), args[0].TypeName()));
}

Result<Value> Printf(Args args) {
  const auto* format = args[0].As<std::string>();
  if (format == nullptr) {
    return Bad(fmt::format("wrong type for value; expected string; got {}", args[0].TypeName()));
  }
  return Value(Sprintf(*format, args.subspan(1)));
}

}  // namespace

FunctionTable Builtins() {
  FunctionTable table;
  const auto add = [&](std::string name, int least, int most, std::function<Result<Value>(Args)> call) {
    table.emplace(name, Function{name, least, most, std::move(call)});
  };
  add("and", 1, -1, nullptr);
  add("or", 1, -1, nullptr);
  add("not", 1, 1, Not);
  add("len", 1, 1, Len);
  add("index", 1, -1, Index);
  add("slice", 1, -1, Slice);
  add("eq", 1, -1, Eq);
  add("ne", 2, 2, Ne);
  add("lt", 2, 2, Compare(std::is_lt));
  add("le", 2, 2, Compare(std::is_lteq));
  add("gt", 2, 2, Compare(std::is_gt));
  add("ge", 2, 2, Compare(std::is_gteq));
  add("call", 1, -1, Call);
  add("print", 0, -1, [](Args args) -> Result<Value> { return Value(Sprint(args)); });
  add("println", 0, -1, [](Args args) -> Result<Value> { return Value(Sprintln(args)); });
  add("printf", 1, -1, Printf);
  add("html", 0, -1, [](Args args) -> Result<Value> { return Value(EscapeHtml(Printed(args))); });
  add("js", 0, -1, [](Args args) -> Result<Value> { return Value(EscapeJs(Printed(args))); });
  add("urlquery", 0, -1, [](Args args) -> Result<Value> { return Value(EscapeQuery(Printed(args))); });
  return table;
}

}  // namespace tocsin::templating
