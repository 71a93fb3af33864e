// One item after the other, as Prometheus' parser takes them: a first value, a step with its sign, and how
// often the step is taken; without a step the value is repeated. So "1+2x3" and "1x3" are four values each,
// but "_x3" is three.
#include "alerting/commands/series_notation.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include <fmt/format.h>

#include "alerting/model/sample.h"

namespace tocsin::app {
namespace {

constexpr size_t kMaxValues = 1'000'000;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsWordPart(char c) { return IsLetter(c) || IsDigit(c) || c == '_'; }

class ValuesReader {
 public:
  explicit ValuesReader(std::string_view text) : text_(text) {}

  Result<SeriesValues> Read() {
    // Lines may end behind the values, not between them.
    while (text_.ends_with('\n')) text_.remove_suffix(1);
    SkipSpace();
    while (pos_ < text_.size()) {
      if (Status item = ReadItem(); !item) return tl::unexpected(item.error());
      if (pos_ < text_.size() && text_[pos_] != ' ' && text_[pos_] != '\t') return Unexpected();
      SkipSpace();
    }
    return std::move(values_);
  }

 private:
  Status ReadItem() {
    if (text_.substr(pos_).starts_with("{{")) {
      return At(ErrorCode::kUnsupported, "native histograms are not supported");
    }
    if (Take('_')) {
      size_t count = 1;
      if (Take('x')) {
        if (Status read = ReadCount(count); !read) return read;
      }
      return Add(count, std::nullopt, 0);
    }
    double first = 0;
    if (text_.substr(pos_).starts_with("stale")) {
      pos_ += 5;
      // A marker ends a series once; there is no repeating it.
      if (pos_ < text_.size() && IsWordPart(text_[pos_])) return Unexpected();
      return Add(1, model::StaleNan(), 0);
    }
    if (Status read = ReadNumber(first); !read) return read;
    double step = 0;
    if (pos_ < text_.size() && (text_[pos_] == '+' || text_[pos_] == '-')) {
      if (Status read = ReadNumber(step); !read) return read;
      if (pos_ >= text_.size() || text_[pos_] != 'x') return Unexpected();
    }
    size_t steps = 0;
    if (Take('x')) {
      if (Status read = ReadCount(steps); !read) return read;
    }
    return Add(steps + 1, first, step);
  }

  Status Add(size_t count, std::optional<double> first, double step) {
    if (count > kMaxValues || values_.size() + count > kMaxValues) {
      return At(ErrorCode::kResourceExhausted, fmt::format("more than {} values", kMaxValues));
    }
    // Summed as promtool does, rounding and all; a marker keeps its bits.
    for (size_t i = 0; i < count; ++i) {
      values_.push_back(first);
      if (first && step != 0) *first += step;
    }
    return {};
  }

  Status ReadNumber(double& out) {
    const size_t start = pos_;
    double sign = 1;
    if (Take('-')) {
      sign = -1;
    } else {
      Take('+');
    }
    const std::string_view rest = text_.substr(pos_);
    for (const auto& [word, value] : kWords) {
      if (!StartsWithWord(rest, word)) continue;
      pos_ += word.size();
      out = sign * value;
      return {};
    }
    if (rest.empty() || (!IsDigit(rest[0]) && rest[0] != '.'))
      return UnexpectedAt(start == pos_ ? start : pos_);
    std::string digits;
    pos_ += ScanNumber(rest, digits);
    uint64_t whole = 0;
    const char* const last = digits.data() + digits.size();
    // As in Go, a whole number with a zero before it is octal where it can be.
    if (digits.size() > 1 && digits[0] == '0' && std::from_chars(digits.data(), last, whole, 8).ptr == last) {
      out = sign * static_cast<double>(whole);
      return {};
    }
    const auto [end, error] = std::from_chars(digits.data(), last, out);
    if (error != std::errc() || end != last) return UnexpectedAt(start);
    out *= sign;
    return {};
  }

  /// The length of the number that `text` begins with; `digits` is the number without its underscores.
  static size_t ScanNumber(std::string_view text, std::string& digits) {
    size_t i = 0;
    for (; i < text.size(); ++i) {
      const char c = text[i];
      const bool behind_digit = i > 0 && IsDigit(text[i - 1]);
      const bool signs_exponent =
          (c == '+' || c == '-') && i > 0 && (text[i - 1] == 'e' || text[i - 1] == 'E');
      if (c == '_') {
        if (!behind_digit || i + 1 == text.size() || !IsDigit(text[i + 1])) break;
      } else if (IsDigit(c) || c == '.' || c == 'e' || c == 'E' || signs_exponent) {
        digits += c;
      } else {
        break;
      }
    }
    return i;
  }

  Status ReadCount(size_t& out) {
    const std::string_view rest = text_.substr(pos_);
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), out);
    if (error != std::errc() || end == rest.data()) return Unexpected();
    pos_ += static_cast<size_t>(end - rest.data());
    return {};
  }

  static bool StartsWithWord(std::string_view text, std::string_view word) {
    if (text.size() < word.size()) return false;
    for (size_t i = 0; i < word.size(); ++i) {
      if ((text[i] | 0x20) != word[i]) return false;
    }
    return text.size() == word.size() || !IsWordPart(text[word.size()]);
  }
  bool Take(char c) {
    if (pos_ >= text_.size() || text_[pos_] != c) return false;
    ++pos_;
    return true;
  }
  void SkipSpace() {
    while (pos_ < text_.size() && (text_[pos_] == ' ' || text_[pos_] == '\t')) ++pos_;
  }

  tl::unexpected<Error> At(ErrorCode code, std::string message) const {
    return Fail(code, std::move(message), {"", 1, static_cast<int>(pos_) + 1});
  }
  tl::unexpected<Error> UnexpectedAt(size_t pos) {
    pos_ = pos;
    return Unexpected();
  }
  tl::unexpected<Error> Unexpected() const {
    if (pos_ >= text_.size()) return At(ErrorCode::kInvalidArgument, "unexpected end of series values");
    size_t end = pos_ + 1;
    while (IsLetter(text_[pos_]) && end < text_.size() && IsLetter(text_[end])) ++end;
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80) ++end;
    return At(
        ErrorCode::kInvalidArgument,
        fmt::format("unexpected \"{}\" in series values; a value is a number, stale or _, a repetition 1x3, "
                    "1+2x3 or _x3",
                    text_.substr(pos_, end - pos_)));
  }

  static constexpr std::pair<std::string_view, double> kWords[] = {
      {"inf", std::numeric_limits<double>::infinity()}, {"nan", std::numeric_limits<double>::quiet_NaN()}};

  std::string_view text_;
  size_t pos_ = 0;
  SeriesValues values_;
};

}  // namespace

Result<SeriesValues> ParseSeriesValues(std::string_view text) { return ValuesReader(text).Read(); }

}  // namespace tocsin::app
