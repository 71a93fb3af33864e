// A directive is read into flags, width and precision; the value's kind then decides which verbs it takes.
// Lists and maps hand the directive on to their elements, as Go's printValue does.
#include "alerting/template/format.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "alerting/template/number.h"
#include "alerting/template/time_format.h"

namespace tocsin::templating {
namespace {

// Go refuses larger ones with %!(BADWIDTH).
constexpr int kMaxWidth = 1'000'000;
// What one directive may pad to here: a template's output is a message, not a ruler.
constexpr int kMaxPadding = 100'000;
constexpr int kMaxDepth = 100;

struct Directive {
  bool plus = false;
  bool minus = false;
  bool sharp = false;
  bool space = false;
  bool zero = false;
  int width = -1;
  int precision = -1;
  bool bad = false;       // of a verb that the value does not take: its %v, by its kind alone
  std::string verb = {};  // one rune
  char letter() const { return verb.size() == 1 ? verb[0] : '\0'; }
};

size_t RuneCount(std::string_view text) {
  size_t count = 0;
  for (size_t pos = 0; pos < text.size(); ++count) DecodeRune(text, pos);
  return count;
}

/// Go's %x of a finite number that is not negative: one digit before the point, an exponent of two or more.
std::string HexFloat(double value, char letter, int precision) {
  std::string text = precision < 0 ? fmt::format("{:a}", value) : fmt::format("{:.{}a}", value, precision);
  const size_t exponent = text.find('p') + 2;
  if (text.size() - exponent < 2) text.insert(exponent, 1, '0');
  if (letter == 'X') {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c); });
  }
  return text;
}

/// Go's %b: the mantissa as a whole number, and the exponent of two.
std::string BinaryFloat(double value) {
  constexpr int kMantissa = 52;
  const auto bits = std::bit_cast<uint64_t>(value);
  uint64_t mantissa = bits & ((uint64_t{1} << kMantissa) - 1);
  int exponent = static_cast<int>(bits >> kMantissa);
  if (exponent == 0) {
    exponent = 1;
  } else {
    mantissa |= uint64_t{1} << kMantissa;
  }
  return fmt::format("{}p{:+}", mantissa, exponent - 1023 - kMantissa);
}

/// What the flag # makes of a number's digits: a point always, and the zeros that %g leaves off.
std::string WithPoint(const std::string& number, char letter, int precision) {
  const bool hex = letter == 'x' || letter == 'X';
  const size_t tail = std::min(number.find_first_of(hex ? "pP" : "eE"), number.size());
  std::string head = number.substr(0, tail);
  int digits = 0;
  if (letter == 'v' || letter == 'g' || letter == 'G' || letter == 'x')
    digits = precision < 0 ? 6 : precision;
  bool nonzero = false;
  for (const char c : head) {
    if (c == '.') continue;
    nonzero = nonzero || c != '0';
    if (nonzero) --digits;
  }
  if (head.find('.') == std::string::npos) {
    if (head == "0") --digits;
    head += '.';
  }
  head.append(static_cast<size_t>(std::max(digits, 0)), '0');
  return head + number.substr(tail);
}

class Printer {
 public:
  void Format(std::string_view format, std::span<const Value> args);
  void Print(const Value& value, const Directive& d, int depth);
  std::string Take() { return std::move(out_); }

 private:
  bool ReadDirective(std::string_view format, size_t& pos, std::span<const Value> args, Directive& d);
  bool ReadNumber(std::string_view format, size_t& pos, std::span<const Value> args, int& number);
  void ReadArgumentIndex(std::string_view format, size_t& pos, size_t count);

  void Pad(std::string_view text, const Directive& d);
  void PadNumber(const std::string& sign, std::string digits, const Directive& d);
  void Bad(const Value& value, const Directive& d, int depth);
  void Bool(bool value, const Directive& d, const Value& self, int depth);
  void Integer(int64_t value, const Directive& d, const Value& self, int depth);
  void Float(double value, const Directive& d, const Value& self, int depth);
  void Text(std::string_view text, const Directive& d, const Value& self, int depth);
  void Hex(std::string_view text, const Directive& d);
  void Sequence(const List& list, const Value& self, const Directive& d, int depth);
  void Mapping(const Map& map, const Value& self, const Directive& d, int depth);

  std::string out_;
  size_t next_ = 0;         // argument to print next
  bool reordered_ = false;  // an index [n] was used, so extra arguments are no fault
  bool bad_index_ = false;
  bool after_index_ = false;
};

void Printer::Pad(std::string_view text, const Directive& d) {
  const size_t runes = RuneCount(text);
  const auto width = static_cast<size_t>(std::clamp(d.width, 0, kMaxPadding));
  const size_t padding = width > runes ? width - runes : 0;
  if (!d.minus) out_.append(padding, d.zero ? '0' : ' ');
  out_ += text;
  if (d.minus) out_.append(padding, ' ');
}

void Printer::PadNumber(const std::string& sign, std::string digits, const Directive& d) {
  const auto width = static_cast<size_t>(std::clamp(d.width, 0, kMaxPadding));
  if (d.zero && !d.minus && sign.size() + digits.size() < width) {
    digits.insert(0, width - sign.size() - digits.size(), '0');
  }
  Directive plain = d;
  plain.zero = false;
  Pad(sign + digits, plain);
}

void Printer::Bad(const Value& value, const Directive& d, int depth) {
  out_ += "%!" + d.verb + "(";
  if (value.is_nil()) {
    out_ += "<nil>";
  } else {
    out_ += value.TypeName() + "=";
    Directive inner = d;
    inner.verb = "v";
    inner.bad = true;
    Print(value, inner, depth + 1);
  }
  out_ += ')';
}

void Printer::Bool(bool value, const Directive& d, const Value& self, int depth) {
  if (d.letter() != 't' && d.letter() != 'v') return Bad(self, d, depth);
  Pad(value ? "true" : "false", d);
}

void Printer::Integer(int64_t value, const Directive& d, const Value& self, int depth) {
  const bool negative = value < 0;
  const uint64_t magnitude = negative ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value);
  std::string digits;
  std::string prefix;
  bool leading_zero = false;
  switch (d.letter()) {
    case 'v':
    case 'd':
      digits = fmt::format("{}", magnitude);
      break;
    case 'b':
      digits = fmt::format("{:b}", magnitude);
      prefix = d.sharp ? "0b" : "";
      break;
    case 'o':
      digits = fmt::format("{:o}", magnitude);
      leading_zero = d.sharp;
      break;
    case 'O':
      digits = fmt::format("{:o}", magnitude);
      prefix = "0o";
      leading_zero = d.sharp;
      break;
    case 'x':
      digits = fmt::format("{:x}", magnitude);
      prefix = d.sharp ? "0x" : "";
      break;
    case 'X':
      digits = fmt::format("{:X}", magnitude);
      prefix = d.sharp ? "0X" : "";
      break;
    case 'c':
    case 'q':
    case 'U': {
      std::string rune;
      AppendRune(rune, negative || magnitude > 0x10FFFF ? 0xFFFD : static_cast<char32_t>(magnitude));
      if (d.letter() == 'c') return Pad(rune, d);
      if (d.letter() == 'U') {
        const int least = std::clamp(d.precision, 4, kMaxPadding);
        std::string text = fmt::format("U+{:0{}X}", magnitude, least);
        if (d.sharp && !negative && magnitude <= 0x10FFFF && QuoteGo(rune)[1] != '\\')
          text += " '" + rune + "'";
        Directive plain = d;
        plain.zero = false;
        return Pad(text, plain);
      }
      const std::string quoted = rune == "'" ? "\\'" : rune == "\"" ? "\"" : QuoteGo(rune, d.plus);
      return Pad(
          "'" + (quoted.size() > 2 && quoted[0] == '"' ? quoted.substr(1, quoted.size() - 2) : quoted) + "'",
          d);
    }
    default:
      return Bad(self, d, depth);
  }
  const std::string sign = negative ? "-" : d.plus ? "+" : d.space ? " " : "";
  Directive padded = d;
  padded.zero = false;
  if (d.precision == 0 && magnitude == 0) return Pad("", padded);
  // Padding with zeros asks for so many digits, and does not count the prefix.
  int least = d.precision;
  if (least < 0 && d.zero && !d.minus) least = d.width - static_cast<int>(sign.size());
  const auto wanted = static_cast<size_t>(std::clamp(least, 0, kMaxPadding));
  if (digits.size() < wanted) digits.insert(0, wanted - digits.size(), '0');
  if (leading_zero && digits[0] != '0') digits.insert(0, 1, '0');
  Pad(sign + prefix + digits, padded);
}

void Printer::Float(double value, const Directive& d, const Value& self, int depth) {
  const char letter = d.letter();
  if (letter == '\0' || std::string_view("veEfFgGxXb").find(letter) == std::string_view::npos)
    return Bad(self, d, depth);
  const bool hex = letter == 'x' || letter == 'X';
  const bool general = letter == 'v' || letter == 'g' || letter == 'G' || hex;
  const int precision = d.precision >= 0 ? std::min(d.precision, 1000) : general ? -1 : 6;
  std::string digits =
      hex && std::isfinite(value) ? HexFloat(std::abs(value), letter, precision)
      : letter == 'b' && std::isfinite(value)
          ? BinaryFloat(std::abs(value))
          : FormatFloat(std::abs(value), letter == 'v' || hex || letter == 'b' ? 'g' : letter, precision);
  Directive padded = d;
  if (!std::isfinite(value)) {
    padded.zero = false;
    if (digits.starts_with('+')) digits.erase(0, 1);
  } else if (d.sharp && letter != 'b' && (letter != 'v' || d.bad)) {
    digits = WithPoint(digits, letter, precision);
  }
  const bool negative = std::signbit(value) && !std::isnan(value);
  const bool plus = d.plus || (std::isinf(value) && !negative && !d.space);
  PadNumber(negative ? "-" : plus ? "+" : d.space ? " " : "", digits, padded);
}

void Printer::Hex(std::string_view text, const Directive& d) {
  std::string digits;
  const auto limit = d.precision >= 0 ? static_cast<size_t>(d.precision) : text.size();
  for (const char c : text.substr(0, limit)) {
    if (d.space && !digits.empty()) digits += ' ';
    if (d.sharp && (d.space || digits.empty())) digits += d.letter() == 'x' ? "0x" : "0X";
    digits += d.letter() == 'x' ? fmt::format("{:02x}", static_cast<unsigned char>(c))
                                : fmt::format("{:02X}", static_cast<unsigned char>(c));
  }
  Pad(digits, d);
}

void Printer::Text(std::string_view text, const Directive& d, const Value& self, int depth) {
  if (d.letter() == 'x' || d.letter() == 'X') return Hex(text, d);
  if (d.precision >= 0) {
    size_t pos = 0;
    for (int i = 0; i < d.precision && pos < text.size(); ++i) DecodeRune(text, pos);
    text = text.substr(0, pos);
  }
  switch (d.letter()) {
    case 'v':
      return d.sharp && !d.bad ? Pad(QuoteGo(text), d) : Pad(text, d);
    case 's':
      return Pad(text, d);
    case 'q': {
      const bool raw =
          d.sharp && text.find('`') == std::string_view::npos && text.find('\n') == std::string_view::npos;
      return Pad(raw ? "`" + std::string(text) + "`" : QuoteGo(text, d.plus), d);
    }
    default:
      return Bad(self, d, depth);
  }
}

void Printer::Sequence(const List& list, const Value& self, const Directive& d, int depth) {
  const bool go_syntax = d.letter() == 'v' && d.sharp && !d.bad;
  out_ += go_syntax ? self.TypeName() + "{" : "[";
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out_ += go_syntax ? ", " : " ";
    Print(list[i], d, depth + 1);
  }
  out_ += go_syntax ? '}' : ']';
}

void Printer::Mapping(const Map& map, const Value& self, const Directive& d, int depth) {
  const bool go_syntax = d.letter() == 'v' && d.sharp && !d.bad;
  out_ += go_syntax ? self.TypeName() + "{" : "map[";
  bool first = true;
  for (const auto& [key, value] : map) {
    if (!first) out_ += go_syntax ? ", " : " ";
    first = false;
    Print(Value(key), d, depth + 1);
    out_ += ':';
    Print(value, d, depth + 1);
  }
  out_ += go_syntax ? '}' : ']';
}

void Printer::Print(const Value& value, const Directive& d, int depth) {
  if (depth > kMaxDepth) {
    out_ += "…";
    return;
  }
  if (d.letter() == 'T')
    return Text(
        value.TypeName(),
        Directive{.minus = d.minus, .zero = d.zero, .width = d.width, .precision = d.precision, .verb = "s"},
        value, depth);
  if (d.letter() == 'v' && d.plus && !d.bad) {  // %+v is about field names, not signs
    Directive bare = d;
    bare.plus = false;
    return Print(value, bare, depth);
  }
  if (value.is_nil()) {
    if (depth > 0) {
      out_ += "<nil>";
      return;
    }
    if (d.letter() == 'v') return Pad("<nil>", d);
    return Bad(value, d, depth);
  }
  if (const auto* b = value.As<bool>()) return Bool(*b, d, value, depth);
  if (const auto* i = value.As<int64_t>()) return Integer(*i, d, value, depth);
  if (const auto* f = value.As<double>()) return Float(*f, d, value, depth);
  if (const std::string* text = value.AsText()) return Text(*text, d, value, depth);
  // Where Go asks a value for its String.
  const bool as_text = !d.bad && std::string_view("vsqxX").find(d.letter()) != std::string_view::npos &&
                       (d.letter() != 'v' || !d.sharp);
  if (const auto* duration = value.As<Value::Nanoseconds>()) {
    if (as_text) return Text(FormatGoDuration(*duration), d, value, depth);
    return Integer(duration->count(), d, value, depth);
  }
  if (const auto* named = value.As<Named>()) {
    if (as_text) return Text(NameOf(*named), d, value, depth);
    return Integer(named->number, d, value, depth);
  }
  if (const auto* time = value.As<Time>()) return Text(FormatTime(*time, kGoTimeString), d, value, depth);
  if (const List* list = value.AsList()) return Sequence(*list, value, d, depth);
  if (const Map* map = value.AsMap()) return Mapping(*map, value, d, depth);
  if (as_text || d.letter() == 'v') return Text(value.AsObject()->ToString(), d, value, depth);
  Bad(value, d, depth);
}

void Printer::ReadArgumentIndex(std::string_view format, size_t& pos, size_t count) {
  if (pos >= format.size() || format[pos] != '[') return;
  reordered_ = true;
  const size_t close = format.find(']', pos);
  if (close == std::string_view::npos) {
    bad_index_ = true;
    ++pos;
    return;
  }
  const auto index = ParseInt(format.substr(pos + 1, close - pos - 1));
  pos = close + 1;
  if (!index || *index < 1 || *index > static_cast<int64_t>(count)) {
    bad_index_ = true;
    return;
  }
  next_ = static_cast<size_t>(*index - 1);
  after_index_ = true;
}

// A number or '*'. False when '*' has no integer to take.
bool Printer::ReadNumber(std::string_view format, size_t& pos, std::span<const Value> args, int& number) {
  if (pos < format.size() && format[pos] == '*') {
    ++pos;
    const auto* value = next_ < args.size() ? args[next_].As<int64_t>() : nullptr;
    ++next_;
    after_index_ = false;
    if (value == nullptr || *value > kMaxWidth || *value < -kMaxWidth) return false;
    number = static_cast<int>(*value);
    return true;
  }
  const size_t start = pos;
  int64_t value = 0;
  while (pos < format.size() && format[pos] >= '0' && format[pos] <= '9') {
    value = std::min<int64_t>(value * 10 + (format[pos++] - '0'), kMaxWidth + 1);
  }
  if (pos > start) number = value > kMaxWidth ? -1 : static_cast<int>(value);
  return true;
}

// Reads behind the '%'; false when the text ends before the verb.
bool Printer::ReadDirective(std::string_view format, size_t& pos, std::span<const Value> args, Directive& d) {
  for (; pos < format.size(); ++pos) {
    const char c = format[pos];
    if (c == '#') {
      d.sharp = true;
    } else if (c == '0') {
      d.zero = !d.minus;
    } else if (c == '+') {
      d.plus = true;
    } else if (c == '-') {
      d.minus = true;
      d.zero = false;
    } else if (c == ' ') {
      d.space = true;
    } else {
      break;
    }
  }
  after_index_ = false;
  bad_index_ = false;
  ReadArgumentIndex(format, pos, args.size());
  if (!ReadNumber(format, pos, args, d.width)) out_ += "%!(BADWIDTH)";
  if (d.width < -1) {
    d.minus = true;
    d.width = -d.width;
    d.zero = false;
  }
  if (pos < format.size() && format[pos] == '.') {
    ++pos;
    if (after_index_) bad_index_ = true;
    ReadArgumentIndex(format, pos, args.size());
    d.precision = 0;
    if (!ReadNumber(format, pos, args, d.precision)) out_ += "%!(BADPREC)";
  }
  if (!after_index_) ReadArgumentIndex(format, pos, args.size());
  if (pos >= format.size()) return false;
  const size_t verb = pos;
  DecodeRune(format, pos);
  d.verb = std::string(format.substr(verb, pos - verb));
  return true;
}

void Printer::Format(std::string_view format, std::span<const Value> args) {
  size_t pos = 0;
  while (pos < format.size()) {
    const size_t percent = std::min(format.find('%', pos), format.size());
    out_ += format.substr(pos, percent - pos);
    if (percent == format.size()) break;
    pos = percent + 1;
    Directive d;
    if (!ReadDirective(format, pos, args, d)) {
      out_ += "%!(NOVERB)";
      break;
    }
    if (d.verb == "%") {
      out_ += '%';
    } else if (bad_index_) {
      out_ += "%!" + d.verb + "(BADINDEX)";
    } else if (next_ >= args.size()) {
      out_ += "%!" + d.verb + "(MISSING)";
    } else {
      Print(args[next_++], d, 0);
    }
  }
  if (reordered_ || next_ >= args.size()) return;
  out_ += "%!(EXTRA ";
  for (size_t i = next_; i < args.size(); ++i) {
    if (i > next_) out_ += ", ";
    if (args[i].is_nil()) {
      out_ += "<nil>";
      continue;
    }
    out_ += args[i].TypeName() + "=";
    Print(args[i], Directive{.verb = "v"}, 0);
  }
  out_ += ')';
}

bool IsGoString(const Value& value) { return value.AsText() != nullptr; }

}  // namespace

std::string Sprintf(std::string_view format, std::span<const Value> args) {
  Printer printer;
  printer.Format(format, args);
  return printer.Take();
}

std::string Sprint(std::span<const Value> args) {
  std::string out;
  for (size_t i = 0; i < args.size(); ++i) {
    if (i > 0 && !IsGoString(args[i]) && !IsGoString(args[i - 1])) out += ' ';
    out += args[i].ToString();
  }
  return out;
}

std::string Sprintln(std::span<const Value> args) {
  std::string out;
  for (size_t i = 0; i < args.size(); ++i) {
    if (i > 0) out += ' ';
    out += args[i].ToString();
  }
  return out + "\n";
}

std::string FormatGoDuration(std::chrono::nanoseconds duration) {
  const int64_t nanos = duration.count();
  if (nanos == 0) return "0s";
  const std::string sign = nanos < 0 ? "-" : "";
  const uint64_t u = nanos < 0 ? ~static_cast<uint64_t>(nanos) + 1 : static_cast<uint64_t>(nanos);
  const auto decimal = [](uint64_t whole, uint64_t fraction, int digits) {
    std::string text = fmt::format("{}.{:0{}}", whole, fraction, digits);
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
    return text;
  };
  if (u < 1000) return sign + fmt::format("{}ns", u);
  if (u < 1'000'000) return sign + decimal(u / 1000, u % 1000, 3) + "µs";
  if (u < 1'000'000'000) return sign + decimal(u / 1'000'000, u % 1'000'000, 6) + "ms";
  const uint64_t seconds = u / 1'000'000'000;
  std::string text = decimal(seconds % 60, u % 1'000'000'000, 9) + "s";
  if (seconds >= 60) text = fmt::format("{}m", seconds / 60 % 60) + text;
  if (seconds >= 3600) text = fmt::format("{}h", seconds / 3600) + text;
  return sign + text;
}

}  // namespace tocsin::templating
