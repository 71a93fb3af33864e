#include "alerting/template/value.h"

#include <fmt/format.h>

#include "alerting/template/format.h"

namespace tocsin::templating {

std::optional<Result<Value>> Object::Call(std::string_view, std::span<const Value>) const {
  return std::nullopt;
}
std::optional<Value> Object::Field(std::string_view) const { return std::nullopt; }
std::vector<std::pair<std::string, Value>> Object::JsonFields() const { return {}; }
std::string Object::ToString() const { return "{}"; }

Value::Value(List v, Element element)
    : storage_(std::make_shared<const TypedList>(TypedList{std::move(v), element})) {}
Value::Value(Map v, Element element)
    : storage_(std::make_shared<const TypedMap>(TypedMap{std::move(v), element})) {}

const Object* Value::AsObject() const {
  const auto* object = As<std::shared_ptr<const Object>>();
  return object == nullptr ? nullptr : object->get();
}

const List* Value::AsList() const {
  if (const auto* list = As<std::shared_ptr<const TypedList>>()) return &(*list)->items;
  const Object* object = AsObject();
  return object == nullptr ? nullptr : object->AsList();
}

const Map* Value::AsMap() const {
  if (const auto* map = As<std::shared_ptr<const TypedMap>>()) return &(*map)->entries;
  const Object* object = AsObject();
  return object == nullptr ? nullptr : object->AsMap();
}

const std::string* Value::AsText() const {
  if (const auto* safe = As<Safe>()) return &safe->text;
  return As<std::string>();
}

Element Value::element() const {
  if (const auto* list = As<std::shared_ptr<const TypedList>>()) return (*list)->element;
  if (const auto* map = As<std::shared_ptr<const TypedMap>>()) return (*map)->element;
  const Object* object = AsObject();
  return object == nullptr ? Element::kAny : object->element();
}

bool Value::Truth() const {
  if (is_nil()) return false;
  if (const auto* b = As<bool>()) return *b;
  if (const auto* i = As<int64_t>()) return *i != 0;
  if (const auto* named = As<Named>()) return named->number != 0;
  if (const auto* f = As<double>()) return *f != 0;
  if (const auto* d = As<Nanoseconds>()) return d->count() != 0;
  if (const std::string* text = AsText()) return !text->empty();
  if (const List* list = AsList()) return !list->empty();
  if (const Map* map = AsMap()) return !map->empty();
  return true;
}

std::string Value::ToString() const { return Sprintf("%v", {this, 1}); }

std::string Value::TypeName() const {
  if (is_nil()) return "<nil>";
  if (As<bool>() != nullptr) return "bool";
  if (As<int64_t>() != nullptr) return "int";
  if (As<double>() != nullptr) return "float64";
  if (As<std::string>() != nullptr) return "string";
  if (const auto* safe = As<Safe>())
    return safe->kind == Safe::Kind::kHtml ? "template.HTML" : "template.URL";
  if (As<Time>() != nullptr) return "time.Time";
  if (As<Nanoseconds>() != nullptr) return "time.Duration";
  if (const auto* named = As<Named>())
    return named->type == Named::Type::kMonth ? "time.Month" : "time.Weekday";
  if (const Object* object = AsObject()) return object->TypeName();
  const std::string of = element() == Element::kString ? "string" : "interface {}";
  return (AsList() != nullptr ? "[]" : "map[string]") + of;
}

tl::unexpected<Error> WrongType(std::string_view expected, const Value& got) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("wrong type for value; expected {}; got {}", expected,
                                                       got.is_nil() ? "nil" : got.TypeName()));
}

}  // namespace tocsin::templating
