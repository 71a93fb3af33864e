// The idea: a log has one format, so each line has the same keys in the same order as the one before. What
// stands between two values, `","status":` with the quotes around it, is called a joint here; at each place
// the joint that stood there last is compared in two vector instructions, and with it the key, its field and
// the kind of value are known without reading anything. Strings are searched 16 bytes at a time for their
// closing quote; only those that hold a backslash are copied. A line whose joints differ is read just as
// well, only slower, and teaches the new ones.
#pragma once

#include <algorithm>
#include <bit>
#include <string>
#include <string_view>

#include <emmintrin.h>

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
/// member that was read, with the texts as they stand in the line, without quotes; members whose joint was
/// known have no key then.
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

  LineFault Read(JsonParser::Layout& layout) {
    for (size_t place = 0;; ++place) {
      const bool known = place < layout.size() && layout[place].token.Matches(at_, end_);
      if (known) {
        joint_ = layout[place].joint;
        at_ += layout[place].token.size();
      } else {
        const char* const start = at_;
        const LineFault fault = place == 0 ? ReadFirstJoint() : ReadJoint();
        if (fault != LineFault::kNone) return fault;
        if (place < layout.size()) Learn({start, at_}, layout[place]);
      }
      if (joint_.is_last) return Finish();
      value_fault_ = LineFault::kNone;
      const char* const value = at_;
      if (!(joint_.is_quoted ? ReadString() : ReadBareOrNested())) return Broken("a value");
      watch_.Member(key_, {value, at_}, joint_.targets, value_fault_);
    }
  }

  /// After a line that could not be read: where that ended, and what should have been there.
  size_t column() const { return static_cast<size_t>(at_ - begin_); }
  const char* expected() const { return expected_; }

 private:
  static constexpr const char* kKeyExpected = "a key in quotes and a colon";

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

  void Learn(std::string_view text, JsonParser::KnownJoint& known) const {
    known = {};
    if (text.size() <= JsonParser::kMaxTokenBytes) known = {Token<JsonParser::kMaxTokenBytes>(text), joint_};
  }

  /// The beginning of the object and its first key.
  LineFault ReadFirstJoint() {
    SkipSpace();
    if (at_ == end_) return LineFault::kEmptyLine;
    if (*at_ != '{') {
      expected_ = "'{'";
      return LineFault::kNotJson;
    }
    ++at_;
    SkipSpace();
    if (at_ != end_ && *at_ == '}') return LineFault::kNoStatus;
    return ReadKey();
  }

  /// What is between two values, or behind the last one.
  LineFault ReadJoint() {
    if (joint_.is_quoted) ++at_;  // the quote that closes the value
    SkipSpace();
    if (at_ == end_ || (*at_ != ',' && *at_ != '}')) return Broken("a comma or '}'");
    if (*at_++ == '}') {
      joint_ = {{}, false, true};
      return LineFault::kNone;
    }
    SkipSpace();
    return ReadKey();
  }

  LineFault ReadKey() {
    const char* const start = at_;
    if (at_ == end_ || *at_ != '"') return Broken(kKeyExpected);
    ++at_;
    while (at_ != end_ && *at_ != '"') at_ += *at_ == '\\' && end_ - at_ > 1 ? 2 : 1;
    if (at_ == end_) return Broken(kKeyExpected);
    key_ = {start + 1, at_};
    ++at_;
    SkipSpace();
    if (at_ == end_ || *at_ != ':') return Broken(kKeyExpected);
    ++at_;
    SkipSpace();
    const bool is_quoted = at_ != end_ && *at_ == '"';
    if (is_quoted) ++at_;
    joint_ = {names_.Find(key_), is_quoted, false};
    return LineFault::kNone;
  }

  bool ReadBareOrNested() {
    if (ReadShortNumber()) return true;
    SkipSpace();  // and quotes: the joint is known from a line that had none here
    if (at_ == end_) return false;
    if (*at_ == '"') {
      ++at_;
      joint_.is_quoted = true;
      return ReadString();
    }
    return *at_ == '{' || *at_ == '[' ? SkipNested() : ReadBare();
  }

  /// A number of up to 15 bytes that a key or the end follows, which nearly all bare values are; false leaves
  /// the value to the others.
  bool ReadShortNumber() {
    constexpr ptrdiff_t kNeeded = 17;
    if (end_ - at_ < kNeeded) return false;
    const __m128i bytes = Load16(at_);
    const uint32_t stops = EqualMask(bytes, ',') | EqualMask(bytes, '}');
    if (stops == 0) return false;
    const int size = std::countr_zero(stops);
    // '+' to '9' are the digits and "+,-./".
    const __m128i above_plus = _mm_sub_epi8(bytes, _mm_set1_epi8('+'));
    const __m128i in_range = _mm_cmpeq_epi8(_mm_min_epu8(above_plus, _mm_set1_epi8('9' - '+')), above_plus);
    const uint32_t parts = static_cast<uint32_t>(_mm_movemask_epi8(in_range)) & ~EqualMask(bytes, '/');
    const uint32_t wanted = (uint32_t{1} << size) - 1;
    if ((parts & wanted) != wanted || size == 0 || (size == 1 && *at_ == '-')) return false;
    if (at_[size] == ',' && at_[size + 1] != '"') return false;
    Take({at_, static_cast<size_t>(size)});
    at_ += size;
    return true;
  }

  void Take(std::string_view text) { record_.Take(joint_.targets, text); }

  /// Ends at the closing quote, which belongs to the next joint.
  bool ReadString() {
    const char* const start = at_;
    at_ = FindQuoteOrBackslash(begin_, at_, end_);
    if (at_ == end_) return false;
    if (*at_ == '\\') return ReadEscaped(start);
    Take({start, static_cast<size_t>(at_ - start)});
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
  JsonParser::Joint joint_;  ///< the one before the value at hand
  std::string_view key_;     ///< of that; known only when the joint was not
  LineFault fault_ = LineFault::kNone;
  LineFault value_fault_ = LineFault::kNone;
  const char* expected_ = "";
};

}  // namespace tocsin::parse
