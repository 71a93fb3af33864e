// A Go value as templates see it.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace tocsin::templating {

class Value;
using List = std::vector<Value>;
/// A Go map with string keys; ranges visit it in the order of its keys, as Go's templates do.
using Map = std::map<std::string, Value, std::less<>>;

/// The element type that Go declares for a list or map. It decides what a missing key gives: "" of a
/// map[string]string, nothing (printed as "<no value>") of a map[string]interface {}.
enum class Element { kAny, kString };

/// A struct or a type with methods: what `.Alerts.Firing` or `.Labels.SortedPairs` looks into. Immutable;
/// thread safe. A name is looked up as Go does: methods, then fields, then (of a map) its keys.
class Object {
 public:
  virtual ~Object() = default;
  /// The Go type's name, for messages and %T: "template.Alert".
  virtual std::string TypeName() const = 0;
  /// Calls the method; nullopt when there is none of that name. A wrong number of arguments is its error.
  virtual std::optional<Result<Value>> Call(std::string_view method, std::span<const Value> args) const;
  /// nullopt when there is no such field ("can't evaluate field X in type Y").
  virtual std::optional<Value> Field(std::string_view name) const;
  /// Objects that are lists or maps underneath (template.KV, template.Alerts) can be ranged over, indexed,
  /// measured and are false in `if` when empty; nullptr for plain structs, which are always true.
  virtual const List* AsList() const { return nullptr; }
  virtual const Map* AsMap() const { return nullptr; }
  virtual Element element() const { return Element::kAny; }
  /// A plain struct's fields under their JSON names, in Go's order: what toJson writes.
  virtual std::vector<std::pair<std::string, Value>> JsonFields() const;
  /// What %v prints for a plain struct, or for one with a String method; lists and maps are printed by their
  /// elements.
  virtual std::string ToString() const;
};

/// Text that html/template must not escape again (template.HTML) or a URL it must not filter (template.URL).
struct Safe {
  enum class Kind { kHtml, kUrl };
  Kind kind;
  std::string text;
};

/// Go's time.Time: an instant, and the zone that it is shown in.
struct Time {
  Timestamp at;
  std::chrono::seconds utc_offset{0};
  std::string zone = "UTC";  ///< the abbreviation at that instant: "CEST"
};

/// Go's time.Month and time.Weekday: whole numbers that print as names.
struct Named {
  enum class Type { kMonth, kWeekday };
  Type type;
  int64_t number;
};

/// nil, or one of Go's kinds. Copies of lists, maps and objects share their contents.
class Value {
 public:
  struct TypedList;
  struct TypedMap;
  using Nanoseconds = std::chrono::nanoseconds;
  using Storage = std::variant<std::monostate, bool, int64_t, double, std::string, Safe, Time, Nanoseconds,
                               Named, std::shared_ptr<const TypedList>, std::shared_ptr<const TypedMap>,
                               std::shared_ptr<const Object>>;

  // Values convert freely, as arguments of an interface{} parameter do in Go.
  // NOLINTBEGIN(google-explicit-constructor)
  Value() = default;
  Value(bool v) : storage_(v) {}
  Value(int v) : storage_(int64_t{v}) {}
  Value(int64_t v) : storage_(v) {}
  Value(double v) : storage_(v) {}
  Value(const char* v) : storage_(std::string(v)) {}
  Value(std::string v) : storage_(std::move(v)) {}
  Value(std::string_view v) : storage_(std::string(v)) {}
  Value(Safe v) : storage_(std::move(v)) {}
  Value(Time v) : storage_(std::move(v)) {}
  Value(Timestamp v) : storage_(Time{v, {}, "UTC"}) {}
  Value(Duration v) : storage_(Nanoseconds(v)) {}
  Value(Nanoseconds v) : storage_(v) {}
  Value(Named v) : storage_(v) {}
  Value(List v, Element element = Element::kAny);
  Value(Map v, Element element = Element::kAny);
  template <typename T>
    requires std::derived_from<T, Object>
  Value(std::shared_ptr<T> v) : storage_(std::shared_ptr<const Object>(std::move(v))) {}
  // NOLINTEND(google-explicit-constructor)

  const Storage& storage() const { return storage_; }
  template <typename T>
  const T* As() const {
    return std::get_if<T>(&storage_);
  }
  bool is_nil() const { return std::holds_alternative<std::monostate>(storage_); }

  /// The elements of a list or map, or of an Object that is one; nullptr of anything else.
  const List* AsList() const;
  const Map* AsMap() const;
  const Object* AsObject() const;
  /// The text of a string or Safe; nullptr of anything else.
  const std::string* AsText() const;
  Element element() const;

  /// Go's idea of truth in `if`: false for nil, false, 0, "" and empty lists and maps.
  bool Truth() const;
  /// As fmt's %v prints it: floats as strconv 'g' with the shortest digits (1e+06), lists as [a b], maps as
  /// map[a:1], nil as <nil>.
  std::string ToString() const;
  /// "string", "int", "float64", "[]string", "map[string]interface {}", an object's TypeName.
  std::string TypeName() const;

 private:
  Storage storage_;
};

struct Value::TypedList {
  List items;
  Element element;
};
struct Value::TypedMap {
  Map entries;
  Element element;
};

/// What a function or method says of an argument that is of another type than it declares, in Go's words.
tl::unexpected<Error> WrongType(std::string_view expected, const Value& got);

}  // namespace tocsin::templating
