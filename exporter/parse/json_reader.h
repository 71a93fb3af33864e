// The idea: a log has one format, so each line has the same keys in the same order as the one before. At each
// place the key that stood there last is compared in one or two vector instructions, and its field is known
// without reading it. Strings are searched 16 bytes at a time for their closing quote; only those that hold a
// backslash are copied. A line whose keys differ is read just as well, only slower, and teaches the new
// order.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "exporter/parse/json_parser.h"
#include "exporter/parse/values.h"

namespace tocsin::parse {

inline bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
inline bool IsJsonNumberPart(char c) {
  return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

inline bool IsJsonNumber(std::string_view text) {
  if (text.empty() || text == "-") return false;
  return std::all_of(text.begin(), text.end(), IsJsonNumberPart);
}

/// What hears of each member of a line that JsonReader reads: this one does not care.
struct NoJsonWatch {
  void Member(std::string_view, std::string_view, Targets, LineFault) {}
};

/// Reads one line; lives as long as that. `watch.Member(key, value, targets, fault)` is called for each
/// member that was read, with the texts as they stand in the line, quotes and all.
template <typename Watch>
class JsonReader {
 public:
  JsonReader(std::string_view line, const NameMap& names, LogRecord& record, std::string& scratch,
             Watch& watch)
      : begin_(line.data()),
        at_(line.data()),
        end_(line.data() + line.size()),
        names_(names),
        record_(record),
        scratch_(scratch),
        watch_(watch) {
    scratch_.clear();
  }

  LineFault Read(std::array<JsonParser::KnownKey, JsonParser::kMaxKnownKeys>& layout) {
    SkipSpace();
    if (at_ == end_) return LineFault::kEmptyLine;
    if (*at_ != '{') {
      expected_ = "'{'";
      return LineFault::kNotJson;
    }
    ++at_;
    SkipSpace();
    if (at_ != end_ && *at_ == '}') return LineFault::kNoStatus;
    for (size_t place = 0;; ++place) {
      const char* const key = at_;
      if (place < layout.size() && layout[place].token.Matches(at_, end_)) {
        targets_ = layout[place].targets;
        at_ += layout[place].token.size();
      } else if (!ReadKey(place < layout.size() ? &layout[place] : nullptr)) {
        return Broken("a key in quotes and a colon");
      }
      const char* const key_end = at_;
      if (at_ != end_ && IsSpace(*at_)) SkipSpace();
      const char* const value = at_;
      value_fault_ = LineFault::kNone;
      if (!ReadValue()) return Broken("a value");
      watch_.Member({key, key_end}, {value, at_}, targets_, value_fault_);
      if (at_ != end_ && IsSpace(*at_)) SkipSpace();
      if (at_ == end_) return Broken("a comma or '}'");
      const char next = *at_++;
      if (next == '}') return Finish();
      if (next != ',') {
        --at_;
        return Broken("a comma or '}'");
      }
      if (at_ != end_ && IsSpace(*at_)) SkipSpace();
    }
  }

  /// After a line that could not be read: where that ended, and what should have been there.
  size_t column() const { return static_cast<size_t>(at_ - begin_); }
  const char* expected() const { return expected_; }

 private:
  void SkipSpace() {
    while (at_ != end_ && IsSpace(*at_)) ++at_;
  }

  LineFault Broken(const char* expected) {
    expected_ = expected;
    return at_ == end_ ? LineFault::kTruncated : LineFault::kSyntax;
  }

  LineFault Finish() {
    SkipSpace();
    return at_ == end_ ? fault_ : Broken("the end of the line");
  }

  void Blame(LineFault fault) {
    value_fault_ = fault;
    if (fault_ == LineFault::kNone) fault_ = fault;
  }

  /// A key that is not where it was: read it, and remember it.
  bool ReadKey(JsonParser::KnownKey* known) {
    const char* start = at_;
    if (at_ == end_ || *at_ != '"') return false;
    ++at_;
    while (at_ != end_ && *at_ != '"') at_ += *at_ == '\\' && end_ - at_ > 1 ? 2 : 1;
    if (at_ == end_) return false;
    const std::string_view name(start + 1, static_cast<size_t>(at_ - start - 1));
    ++at_;
    SkipSpace();
    if (at_ == end_ || *at_ != ':') return false;
    ++at_;
    targets_ = names_.Find(name);
    if (known != nullptr) {
      const std::string_view token(start, static_cast<size_t>(at_ - start));
      *known = {};
      if (token.size() <= JsonParser::kMaxTokenBytes)
        *known = {Token<JsonParser::kMaxTokenBytes>(token), targets_};
    }
    return true;
  }

  bool ReadValue() {
    if (at_ == end_) return false;
    if (*at_ == '"') return ReadString();
    if (*at_ == '{' || *at_ == '[') return SkipNested();
    return ReadBare();
  }

  void Take(std::string_view text) { record_.Take(targets_, text); }

  bool ReadString() {
    const char* start = ++at_;
    at_ = FindQuoteOrBackslash(begin_, at_, end_);
    if (at_ == end_) return false;
    if (*at_ == '\\') return ReadEscaped(start);
    Take({start, static_cast<size_t>(at_ - start)});
    ++at_;
    return true;
  }

  /// Undoing escapes only ever shortens, so the scratch is reserved once a line and its views stay valid.
  bool ReadEscaped(const char* start) {
    scratch_.reserve(static_cast<size_t>(end_ - begin_));
    const size_t from = scratch_.size();
    while (true) {
      scratch_.append(start, at_);
      if (at_ == end_) return false;
      if (*at_ == '"') break;
      const size_t used = Unescape({at_, static_cast<size_t>(end_ - at_)}, scratch_);
      if (used == 0) {
        Blame(LineFault::kBadEscape);
        scratch_ += *at_++;
        start = at_;
        if (at_ != end_ && (*at_ == '"' || *at_ == '\\')) scratch_ += *at_++;
      } else {
        at_ += used;
      }
      start = at_;
      at_ = FindQuoteOrBackslash(begin_, at_, end_);
    }
    ++at_;
    Take(std::string_view(scratch_).substr(from));
    return true;
  }

  /// A number, a word, or what nginx leaves of an unquoted variable: nothing, "-", or a list. The value then
  /// ends at the comma that a key follows, or at the closing brace.
  bool ReadBare() {
    const char* start = at_;
    while (at_ != end_ && IsJsonNumberPart(*at_)) ++at_;
    if (AtValueEnd(at_) && IsJsonNumber({start, static_cast<size_t>(at_ - start)})) {
      Take({start, static_cast<size_t>(at_ - start)});
      return true;
    }
    while (at_ != end_ && *at_ != '"' && !AtValueEnd(at_)) ++at_;
    if (at_ == end_ || *at_ == '"') return false;
    const char* last = at_;
    while (last != start && IsSpace(last[-1])) --last;
    const std::string_view text(start, static_cast<size_t>(last - start));
    if (text == "null") return true;
    if (text.empty()) {
      Blame(LineFault::kEmptyValue);
    } else if (!IsJsonNumber(text) && text != "true" && text != "false") {
      Blame(LineFault::kBareValue);
    }
    Take(text);
    return true;
  }

  bool AtValueEnd(const char* at) const {
    if (at == end_) return false;
    if (*at == '}') return true;
    if (*at != ',') return false;
    ++at;
    while (at != end_ && IsSpace(*at)) ++at;
    return at != end_ && *at == '"';
  }

  bool SkipNested() {
    int depth = 0;
    for (; at_ != end_; ++at_) {
      if (*at_ == '"') {
        ++at_;
        while (at_ != end_ && *at_ != '"') at_ += *at_ == '\\' && end_ - at_ > 1 ? 2 : 1;
        if (at_ == end_) return false;
      } else if (*at_ == '{' || *at_ == '[') {
        ++depth;
      } else if (*at_ == '}' || *at_ == ']') {
        if (--depth == 0) {
          ++at_;
          return true;
        }
      }
    }
    return false;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  const NameMap& names_;
  LogRecord& record_;
  std::string& scratch_;
  Watch& watch_;
  Targets targets_;
  LineFault fault_ = LineFault::kNone;
  LineFault value_fault_ = LineFault::kNone;
  const char* expected_ = "";
};

}  // namespace tocsin::parse
