// One request as its log line tells it: the texts of the fields that we know, nothing copied.
#pragma once

#include <array>
#include <string_view>

#include "exporter/parse/fields.h"

namespace tocsin::parse {

/// Views into the line that was parsed, or into the parser's scratch where escapes had to be undone: valid
/// until the parser's next line, and for as long as the line is. Clearing costs one store.
class LogRecord {
 public:
  void Clear() { present_ = 0; }

  /// The first value of a field stays, so that of two names for one field the earlier in the line counts,
  /// unless it was empty.
  void Set(Field field, std::string_view text) {
    if (!Text(field).empty()) return;
    texts_[Index(field)] = text;
    present_ |= Bit(field);
  }

  /// The line names the field, though perhaps without a value.
  bool Names(Field field) const { return (present_ & Bit(field)) != 0; }
  /// "" when the line does not name it.
  std::string_view Text(Field field) const {
    return Names(field) ? texts_[Index(field)] : std::string_view{};
  }
  /// The same, with nginx's "-" for an unset variable taken as "".
  std::string_view Value(Field field) const {
    const std::string_view text = Text(field);
    return text.size() == 1 && text[0] == '-' ? std::string_view{} : text;
  }

 private:
  static size_t Index(Field field) { return static_cast<size_t>(field); }
  static uint32_t Bit(Field field) { return uint32_t{1} << Index(field); }

  std::array<std::string_view, kFieldCount> texts_;
  uint32_t present_ = 0;
};

}  // namespace tocsin::parse
