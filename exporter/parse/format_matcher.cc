// The idea: nearly every variable has a definite end (a closing quote, the end of a number), so a line is
// read from left to right without looking back. Only for a text whose end is not definite, such as
// $remote_user before " [", may the first place where the next literal stands be the wrong one. As in
// matching a glob, it is then enough to try the next place for the last such text: what matched before it
// stays right.
#include "exporter/parse/format_matcher.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace tocsin::parse {

namespace {

constexpr std::array<std::string_view, 15> kNumbers = {
    "status",         "body_bytes_sent", "bytes_sent",  "request_length",      "request_time",
    "msec",           "connection",      "pid",         "connection_requests", "connection_time",
    "content_length", "server_port",     "remote_port", "proxy_port",          "gzip_ratio"};

constexpr std::array<std::string_view, 11> kLists = {"upstream_addr",
                                                     "upstream_status",
                                                     "upstream_response_time",
                                                     "upstream_connect_time",
                                                     "upstream_header_time",
                                                     "upstream_queue_time",
                                                     "upstream_response_length",
                                                     "upstream_bytes_received",
                                                     "upstream_first_byte_time",
                                                     "upstream_session_time",
                                                     "upstream_bytes_sent"};

bool IsNumberPart(char c) { return (c >= '0' && c <= '9') || c == '.'; }

/// How many bytes of [at, end) agree with "30/Oct/2025:21:00:00 +0000" or "2025-10-30T21:00:00+00:00".
size_t TimeBytes(const char* at, const char* end, std::string_view pattern) {
  size_t size = 0;
  for (; size < pattern.size() && at + size != end; ++size) {
    const char c = at[size];
    switch (pattern[size]) {
      case '0':
        if (c < '0' || c > '9') return size;
        break;
      case 'a':
        if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z')) return size;
        break;
      case '+':
        if (c != '+' && c != '-') return size;
        break;
      default:
        if (c != pattern[size]) return size;
    }
  }
  return size;
}

/// The same for a time that is there whole, which nearly all are: each byte, letters as small ones, lies
/// between the least and the most that may stand there.
class TimeShape {
 public:
  constexpr explicit TimeShape(std::string_view pattern) : size_(pattern.size()), sign_(pattern.rfind('+')) {
    for (size_t i = 0; i < size_; ++i) {
      const char c = pattern[i];
      small_[i] = c == 'a' ? 0x20 : 0;
      least_[i] = c;
      most_[i] = c == '0' ? '9' : c == 'a' ? 'z' : c == '+' ? '-' : c;
    }
  }

  bool Fits(const char* at, const char* end) const {
    return end - at >= static_cast<ptrdiff_t>(size_) && FitsFrom(0, at) && FitsFrom(size_ - 16, at) &&
           at[sign_] != ',';
  }

 private:
  bool FitsFrom(size_t from, const char* at) const {
    const __m128i bytes = _mm_or_si128(Load16(at + from), Load16(small_.data() + from));
    const __m128i above = _mm_cmpeq_epi8(_mm_max_epu8(bytes, Load16(least_.data() + from)), bytes);
    const __m128i below = _mm_cmpeq_epi8(_mm_min_epu8(bytes, Load16(most_.data() + from)), bytes);
    return _mm_movemask_epi8(_mm_and_si128(above, below)) == 0xFFFF;
  }

  size_t size_;
  size_t sign_;
  std::array<char, 32> small_{};
  std::array<char, 32> least_{};
  std::array<char, 32> most_{};
};

constexpr std::string_view kTimeLocal = "00/aaa/0000:00:00:00 +0000";
constexpr std::string_view kTimeIso = "0000-00-00T00:00:00+00:00";
constexpr TimeShape kLocalShape(kTimeLocal);
constexpr TimeShape kIsoShape(kTimeIso);

/// A place within one of a list's separators, where it can't end.
bool IsInsideSeparator(const char* start, const char* at, const char* end) {
  if (at == end) return false;
  if (*at == ',') return end - at > 1 && at[1] == ' ';
  if (*at != ' ') return false;
  if (at != start && at[-1] == ',') return true;
  if (end - at >= 3 && at[1] == ':' && at[2] == ' ') return true;
  return at - start >= 2 && at[-1] == ':' && at[-2] == ' ';
}

}  // namespace

Shape ShapeOf(std::string_view variable) {
  if (variable == "time_local") return Shape::kTimeLocal;
  if (variable == "time_iso8601") return Shape::kTimeIso;
  if (std::ranges::find(kNumbers, variable) != kNumbers.end()) return Shape::kNumber;
  if (std::ranges::find(kLists, variable) != kLists.end()) return Shape::kList;
  return Shape::kText;
}

std::string_view ShapeName(Shape shape) {
  switch (shape) {
    case Shape::kList:
      return "a list, one value for each upstream that was tried";
    case Shape::kNumber:
      return "a number";
    case Shape::kTimeLocal:
      return "a time such as 30/Oct/2025:21:00:00 +0000";
    case Shape::kTimeIso:
      return "a time such as 2025-10-30T21:00:00+00:00";
    case Shape::kText:
      break;
  }
  return "text";
}

FormatMatcher::Scan FormatMatcher::ScanFor(const LogFormat& format, size_t piece) {
  const bool has_tail =
      piece + 1 < format.pieces.size() && format.pieces[piece + 1].kind == LogFormat::Piece::Kind::kLiteral;
  const std::string_view next =
      has_tail ? std::string_view(format.pieces[piece + 1].text) : std::string_view();
  if (next.starts_with('"') && format.escape != Escape::kNone) return Scan::kQuoted;
  switch (ShapeOf(format.pieces[piece].text)) {
    case Shape::kList:
      // Behind a literal that looks like a separator nothing can be told.
      return next.starts_with(", ") || next.starts_with(" : ") ? Scan::kText : Scan::kList;
    case Shape::kNumber:
      return Scan::kNumber;
    case Shape::kTimeLocal:
      return Scan::kTimeLocal;
    case Shape::kTimeIso:
      return Scan::kTimeIso;
    case Shape::kText:
      break;
  }
  return Scan::kText;
}

FormatMatcher::FormatMatcher(const LogFormat& format) : pieces_(format.pieces.size()) {
  for (size_t i = 0; i < format.pieces.size(); ++i) {
    const LogFormat::Piece& piece = format.pieces[i];
    if (piece.kind == LogFormat::Piece::Kind::kVariable) {
      steps_.push_back({ScanFor(format, i), i, {}, {}});
      variables_.push_back(piece.text);
    } else if (steps_.empty()) {
      prefix_ = piece.text;
    } else {
      steps_.back().tail = piece.text;
      if (piece.text.size() <= Token<16>::kMaxBytes) steps_.back().token = Token<16>(piece.text);
    }
  }
}

inline bool FormatMatcher::Begins(const Step& step, const char* at, const char* end) {
  if (step.token.size() != 0) return step.token.Matches(at, end);
  return static_cast<size_t>(end - at) >= step.tail.size() &&
         std::memcmp(at, step.tail.data(), step.tail.size()) == 0;
}

/// One line's match; lives as long as that.
class FormatMatcher::Run {
 public:
  Run(const FormatMatcher& matcher, const lines::Line& line, std::span<std::string_view> values,
      MatchFailure& failure)
      : steps_(matcher.steps_),
        pieces_(matcher.pieces_),
        line_(line),
        begin_(line.text.data()),
        end_(begin_ + line.text.size()),
        values_(values),
        failure_(failure),
        budget_(kPasses * static_cast<ptrdiff_t>(line.text.size()) + kFreeBytes) {}

  bool From(const char* at) {
    for (size_t i = 0;;) {
      if (i == steps_.size()) {
        if (at == end_) return true;
        Note(at, pieces_);
      } else if (const char* next = Take(i, at)) {
        at = next;
        ++i;
        continue;
      }
      if (open_ == steps_.size() || budget_ <= 0) return false;
      budget_ -= reached_ - candidate_ + 1;
      mark_ = 0;
      at = Search(candidate_ + 1);
      if (at == nullptr) return false;
      i = open_ + 1;
    }
  }

  /// The line's text at `at` should have been `piece`.
  void Note(const char* at, size_t piece) {
    reached_ = at;
    const auto column = static_cast<size_t>(at - begin_);
    if (column >= failure_.column) failure_ = {piece, column};
  }
  /// The literal `text` should have stood at `at`: how far it does counts.
  void NoteLiteral(const char* at, std::string_view text, size_t piece) {
    size_t same = 0;
    while (same < text.size() && at + same != end_ && at[same] == text[same]) ++same;
    Note(at + same, piece);
  }

 private:
  /// Failed attempts may read this many times the line, so that no line takes more than linear time.
  static constexpr ptrdiff_t kPasses = 16;
  static constexpr ptrdiff_t kFreeBytes = 4096;

  /// The value of step `i` at `at` and the literal behind it: where that ends, or null.
  const char* Take(size_t i, const char* at) {
    const Step& step = steps_[i];
    const char* stop = at;
    switch (step.scan) {
      case Scan::kText:
      case Scan::kList:
        open_ = i;
        start_ = at;
        return Search(at);
      case Scan::kQuoted:
        stop = QuotedEnd(at);
        if (stop == end_) return Miss(end_, step.piece + 1);
        break;
      case Scan::kNumber:
        stop = NumberEnd(at);
        if (stop == at && stop != end_ && *stop == '-') ++stop;
        break;
      case Scan::kTimeLocal:
        stop += kLocalShape.Fits(at, end_) ? kTimeLocal.size() : TimeBytes(at, end_, kTimeLocal);
        if (stop != at + kTimeLocal.size()) return Miss(stop, step.piece);
        break;
      case Scan::kTimeIso:
        stop += kIsoShape.Fits(at, end_) ? kTimeIso.size() : TimeBytes(at, end_, kTimeIso);
        if (stop != at + kTimeIso.size()) return Miss(stop, step.piece);
        break;
    }
    if (step.has_tail() && !Begins(step, stop, end_)) {
      if (stop == at && step.scan != Scan::kQuoted) return Miss(stop, step.piece);
      NoteLiteral(stop, step.tail, step.piece + 1);
      return nullptr;
    }
    values_[i] = {at, static_cast<size_t>(stop - at)};
    return stop + step.tail.size();
  }

  const char* Miss(const char* at, size_t piece) {
    Note(at, piece);
    return nullptr;
  }

  /// The next end at `at` or later of the open text; where the literal behind it ends, or null.
  const char* Search(const char* at) {
    const Step& step = steps_[open_];
    if (!step.has_tail() && open_ + 1 == steps_.size()) at = end_;
    for (; at <= end_; ++at) {
      if (step.has_tail()) at = FindByte(begin_, at, end_, step.tail.front());
      if (step.has_tail() && at == end_) break;
      if (step.has_tail() && !Begins(step, at, end_)) continue;
      if (step.scan == Scan::kList && IsInsideSeparator(start_, at, end_)) continue;
      candidate_ = at;
      values_[open_] = {start_, static_cast<size_t>(at - start_)};
      return at + step.tail.size();
    }
    Note(start_, step.piece + (step.has_tail() ? 1 : 0));
    open_ = steps_.size();
    return nullptr;
  }

  const char* NumberEnd(const char* at) const {
    if (end_ - at >= 16) {
      const __m128i bytes = Load16(at);
      // '.' to '9' are the digits, the point and '/'.
      const __m128i above_point = _mm_sub_epi8(bytes, _mm_set1_epi8('.'));
      const __m128i in_range =
          _mm_cmpeq_epi8(_mm_min_epu8(above_point, _mm_set1_epi8('9' - '.')), above_point);
      const uint32_t others =
          (~static_cast<uint32_t>(_mm_movemask_epi8(in_range)) & 0xFFFFU) | EqualMask(bytes, '/');
      if (others != 0) return at + std::countr_zero(others);
    }
    while (at != end_ && IsNumberPart(*at)) ++at;
    return at;
  }

  /// By the marks where they are known: each is looked at once, unless the match begins anew behind a text.
  const char* QuotedEnd(const char* at) {
    if (line_.marks == nullptr) return FindQuotedEnd(at);
    for (; mark_ != line_.mark_count; ++mark_) {
      const char* const found = line_.origin + line_.marks[mark_];
      if (found < at) continue;
      if (*found == '"') return found;
      at = found + 2;
    }
    return end_;
  }

  const char* FindQuotedEnd(const char* at) const {
    while (true) {
      at = FindQuoteOrBackslash(begin_, at, end_);
      if (at == end_ || *at == '"') return at;
      at += end_ - at > 1 ? 2 : 1;
    }
  }

  const std::vector<Step>& steps_;
  size_t pieces_;
  const lines::Line& line_;
  const char* begin_;
  const char* end_;
  size_t mark_ = 0;  ///< those before have been passed
  std::span<std::string_view> values_;
  MatchFailure& failure_;
  ptrdiff_t budget_;
  size_t open_ = steps_.size();      ///< the last text whose end is not definite
  const char* start_ = nullptr;      ///< where it begins
  const char* candidate_ = nullptr;  ///< where it ends for now
  const char* reached_ = nullptr;    ///< how far the attempt went that failed last
};

bool FormatMatcher::Match(const lines::Line& line, std::span<std::string_view> values,
                          MatchFailure& failure) const {
  failure = {};
  Run run(*this, line, values, failure);
  if (!line.text.starts_with(prefix_)) {
    run.NoteLiteral(line.text.data(), prefix_, 0);
    return false;
  }
  return run.From(line.text.data() + prefix_.size());
}

}  // namespace tocsin::parse
