// The idea: a log has one format, so each line has the same keys in the same order as the one before. At each
// place the key that stood there last is compared in one or two vector instructions, and its field is known
// without reading it. Strings are searched 16 bytes at a time for their closing quote; only those that hold a
// backslash are copied. A line whose keys differ is read just as well, only slower, and teaches the new
// order.
#include "exporter/parse/json_parser.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <emmintrin.h>

#include "exporter/parse/values.h"

namespace tocsin::parse {

namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool IsNumberPart(char c) {
  return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

bool IsNumber(std::string_view text) {
  if (text.empty() || text == "-") return false;
  return std::all_of(text.begin(), text.end(), IsNumberPart);
}

__m128i Load16(const char* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); }

uint32_t QuoteOrBackslashMask(__m128i bytes) {
  const __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  return static_cast<uint32_t>(_mm_movemask_epi8(_mm_or_si128(quotes, backslashes)));
}

/// The first '"' or '\\' in [at, end), or `end`. `begin` is the line's: bytes before `at` may be loaded too.
const char* FindQuoteOrBackslash(const char* begin, const char* at, const char* end) {
  for (; end - at >= 16; at += 16) {
    const uint32_t mask = QuoteOrBackslashMask(Load16(at));
    if (mask != 0) return at + std::countr_zero(mask);
  }
  if (end - begin >= 16) {
    const uint32_t mask = QuoteOrBackslashMask(Load16(end - 16)) >> (16 - (end - at));
    return mask != 0 ? at + std::countr_zero(mask) : end;
  }
  while (at != end && *at != '"' && *at != '\\') ++at;
  return at;
}

bool Matches(const JsonParser::KnownKey& key, const char* at, const char* end) {
  if (end - at < static_cast<ptrdiff_t>(JsonParser::KnownKey::kMaxBytes)) {
    return key.size != 0 && static_cast<size_t>(end - at) >= key.size &&
           std::memcmp(at, key.token.data(), key.size) == 0;
  }
  const __m128i low = _mm_cmpeq_epi8(Load16(at), Load16(key.token.data()));
  const __m128i high = _mm_cmpeq_epi8(Load16(at + 16), Load16(key.token.data() + 16));
  const uint32_t equal =
      static_cast<uint32_t>(_mm_movemask_epi8(low)) | (static_cast<uint32_t>(_mm_movemask_epi8(high)) << 16);
  return key.size != 0 && (equal & key.mask) == key.mask;
}

void Learn(JsonParser::KnownKey& known, std::string_view token, std::optional<Field> field) {
  known = {};
  if (token.size() > JsonParser::KnownKey::kMaxBytes) return;
  std::memcpy(known.token.data(), token.data(), token.size());
  known.size = static_cast<uint32_t>(token.size());
  known.mask = token.size() == 32 ? ~uint32_t{0} : (uint32_t{1} << token.size()) - 1;
  known.field = field;
}

/// Reads one line; lives as long as that.
class Reader {
 public:
  Reader(std::string_view line, LogRecord& record, std::string& scratch)
      : begin_(line.data()),
        at_(line.data()),
        end_(line.data() + line.size()),
        record_(record),
        scratch_(scratch) {
    scratch_.clear();
  }

  LineFault Read(std::array<JsonParser::KnownKey, JsonParser::kMaxKnownKeys>& layout) {
    SkipSpace();
    if (at_ == end_) return LineFault::kEmptyLine;
    if (*at_ != '{') return LineFault::kNotJson;
    ++at_;
    SkipSpace();
    if (at_ != end_ && *at_ == '}') return LineFault::kNoStatus;
    for (size_t place = 0;; ++place) {
      if (place < layout.size() && Matches(layout[place], at_, end_)) {
        field_ = layout[place].field;
        at_ += layout[place].size;
      } else if (!ReadKey(place < layout.size() ? &layout[place] : nullptr)) {
        return Broken();
      }
      if (at_ != end_ && IsSpace(*at_)) SkipSpace();
      if (!ReadValue()) return Broken();
      if (at_ != end_ && IsSpace(*at_)) SkipSpace();
      if (at_ == end_) return LineFault::kTruncated;
      const char next = *at_++;
      if (next == '}') return Finish();
      if (next != ',') return LineFault::kSyntax;
      if (at_ != end_ && IsSpace(*at_)) SkipSpace();
    }
  }

 private:
  void SkipSpace() {
    while (at_ != end_ && IsSpace(*at_)) ++at_;
  }

  LineFault Broken() const { return at_ == end_ ? LineFault::kTruncated : LineFault::kSyntax; }

  LineFault Finish() {
    SkipSpace();
    return at_ == end_ ? fault_ : LineFault::kSyntax;
  }

  void Blame(LineFault fault) {
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
    field_ = FieldByName(name);
    if (known != nullptr) Learn(*known, {start, static_cast<size_t>(at_ - start)}, field_);
    return true;
  }

  bool ReadValue() {
    if (at_ == end_) return false;
    if (*at_ == '"') return ReadString();
    if (*at_ == '{' || *at_ == '[') return SkipNested();
    return ReadBare();
  }

  void Take(std::string_view text) {
    if (field_) record_.Set(*field_, text);
  }

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
    while (at_ != end_ && IsNumberPart(*at_)) ++at_;
    if (AtValueEnd(at_) && IsNumber({start, static_cast<size_t>(at_ - start)})) {
      Take({start, static_cast<size_t>(at_ - start)});
      return true;
    }
    while (at_ != end_ && !AtValueEnd(at_)) ++at_;
    if (at_ == end_) return false;
    const char* last = at_;
    while (last != start && IsSpace(last[-1])) --last;
    const std::string_view text(start, static_cast<size_t>(last - start));
    if (text == "null") return true;
    if (text.empty()) {
      Blame(LineFault::kEmptyValue);
    } else if (!IsNumber(text) && text != "true" && text != "false") {
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
  LogRecord& record_;
  std::string& scratch_;
  std::optional<Field> field_;
  LineFault fault_ = LineFault::kNone;
};

}  // namespace

LineFault JsonParser::Parse(std::string_view line, LogRecord& record) {
  record.Clear();
  const LineFault fault = Reader(line, record, scratch_).Read(layout_);
  if (!IsUsable(fault)) return fault;
  const std::string_view status = record.Value(Field::kStatus);
  if (status.empty()) return LineFault::kNoStatus;
  return fault == LineFault::kNone && !ParseStatus(status) ? LineFault::kBadNumber : fault;
}

}  // namespace tocsin::parse
