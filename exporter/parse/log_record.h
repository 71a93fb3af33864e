// One request as its log line tells it: the texts of the fields that we know and of the variables that the
// configuration asked for beside them, nothing copied.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "exporter/parse/fields.h"

namespace tocsin::parse {

/// Variables beyond our fields that one record holds: ParserOptions::extras.
inline constexpr size_t kMaxExtras = 16;

/// Where the text of one key or variable goes: a field, an extra, both or neither.
struct Targets {
  static constexpr uint8_t kNone = 0xFF;
  uint8_t field = kNone;  ///< a Field's number
  uint8_t extra = kNone;  ///< an index into ParserOptions::extras

  bool empty() const { return field == kNone && extra == kNone; }
  friend bool operator==(const Targets&, const Targets&) = default;
};

/// Views into the line that was parsed, or into the parser's scratch where escapes had to be undone: valid
/// until the parser's next line, and for as long as the line is. Clearing costs one store.
class LogRecord {
 public:
  void Clear() { present_ = 0; }

  /// The first value of a field stays, so that of two names for one field the earlier in the line counts,
  /// unless it was empty.
  void Set(Field field, std::string_view text) { SetAt(static_cast<size_t>(field), text); }
  void SetExtra(size_t index, std::string_view text) { SetAt(kFieldCount + index, text); }
  void Take(Targets targets, std::string_view text) {
    if (targets.field != Targets::kNone) SetAt(targets.field, text);
    if (targets.extra != Targets::kNone) SetAt(kFieldCount + targets.extra, text);
  }

  /// For a reader that knows beforehand which places it fills, each once: Place() all of them, and
  /// SetPlaces() to what PlacesOf() gives for all of them together. Targets with a field and an extra have no
  /// one place.
  void Place(uint8_t place, std::string_view text) { texts_[place] = text; }
  void SetPlaces(uint64_t places) { present_ = places; }
  static uint8_t PlaceOf(Targets targets) {
    if (targets.field != Targets::kNone) return targets.field;
    return static_cast<uint8_t>(kFieldCount + (targets.extra != Targets::kNone ? targets.extra : kMaxExtras));
  }
  static uint64_t PlacesOf(Targets targets) {
    return (targets.field != Targets::kNone ? Bit(targets.field) : 0) |
           (targets.extra != Targets::kNone ? Bit(kFieldCount + targets.extra) : 0);
  }

  /// A set of fields, for NamesAny().
  static constexpr uint64_t FieldSet(std::initializer_list<Field> fields) {
    uint64_t set = 0;
    for (const Field field : fields) set |= Bit(static_cast<size_t>(field));
    return set;
  }
  /// The line names one of the fields at least, though perhaps without a value.
  bool NamesAny(uint64_t field_set) const { return (present_ & field_set) != 0; }
  /// The line names the field, though perhaps without a value.
  bool Names(Field field) const { return Has(static_cast<size_t>(field)); }
  /// "" when the line does not name it.
  std::string_view Text(Field field) const { return TextAt(static_cast<size_t>(field)); }
  /// The same, with nginx's "-" for an unset variable taken as "".
  std::string_view Value(Field field) const { return WithoutDash(Text(field)); }
  /// The value of the variable of that index in ParserOptions::extras; "" when the line has none.
  std::string_view Extra(size_t index) const { return WithoutDash(TextAt(kFieldCount + index)); }

 private:
  static std::string_view WithoutDash(std::string_view text) {
    return text.size() == 1 && text[0] == '-' ? std::string_view{} : text;
  }
  static constexpr uint64_t Bit(size_t place) { return uint64_t{1} << place; }
  bool Has(size_t place) const { return (present_ & Bit(place)) != 0; }
  std::string_view TextAt(size_t place) const { return Has(place) ? texts_[place] : std::string_view{}; }
  void SetAt(size_t place, std::string_view text) {
    if (!TextAt(place).empty()) return;
    texts_[place] = text;
    present_ |= Bit(place);
  }

  /// The last is of values that nobody asked for.
  std::array<std::string_view, kFieldCount + kMaxExtras + 1> texts_;
  uint64_t present_ = 0;
};

}  // namespace tocsin::parse
