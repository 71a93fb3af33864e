#include "base/yaml/scalar.h"

#include <charconv>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace tocsin::yaml {
namespace {

constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> choices) {
  for (std::string_view choice : choices) {
    if (text == choice) return true;
  }
  return false;
}

/// The words that go-yaml looks up before it tries numbers.
bool TypeWord(Node& node) {
  const std::string_view text = node.text;
  if (IsOneOf(text, {"", "~", "null", "Null", "NULL"})) {
    node.kind = Kind::kNull;
    node.text.clear();
    return true;
  }
  if (IsOneOf(text, {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})) {
    node.kind = Kind::kBool;
    node.bool_value = true;
    return true;
  }
  if (IsOneOf(text, {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})) {
    node.kind = Kind::kBool;
    return true;
  }
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (IsOneOf(text, {".nan", ".NaN", ".NAN"})) {
    node.float_value = std::numeric_limits<double>::quiet_NaN();
  } else if (IsOneOf(text, {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"})) {
    node.float_value = kInfinity;
  } else if (IsOneOf(text, {"-.inf", "-.Inf", "-.INF"})) {
    node.float_value = -kInfinity;
  } else {
    return false;
  }
  node.kind = Kind::kFloat;
  return true;
}

std::string WithoutUnderscores(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c != '_') out += c;
  }
  return out;
}

/// The base that a prefix announces (Go's ParseInt with base 0), the prefix cut off.
int TakeBase(std::string_view& digits) {
  if (digits.size() < 2 || digits[0] != '0') return 10;
  const char letter = static_cast<char>(digits[1] | 0x20);
  const int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
  digits.remove_prefix(base == 0 ? 1 : 2);
  return base == 0 ? 8 : base;
}

bool TypeInt(Node& node, std::string_view digits) {
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  const int base = TakeBase(digits);
  uint64_t magnitude = 0;
  const char* end = digits.data() + digits.size();
  auto [stopped, fault] = std::from_chars(digits.data(), end, magnitude, base);
  if (digits.empty() || fault != std::errc{} || stopped != end) return false;

  constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  node.float_value = negative ? -static_cast<double>(magnitude) : static_cast<double>(magnitude);
  if (magnitude > kMax) {  // go-yaml keeps an unsigned; nothing in a configuration counts that far
    node.kind = Kind::kFloat;
    return true;
  }
  node.kind = Kind::kInt;
  node.int_value = negative ? -static_cast<int64_t>(magnitude) : static_cast<int64_t>(magnitude);
  return true;
}

/// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool LooksLikeFloat(std::string_view text) {
  size_t i = 0;
  auto digits = [&] {
    const size_t start = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - start;
  };
  auto sign = [&] {
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  };
  sign();
  const size_t whole = digits();
  size_t fraction = 0;
  if (i < text.size() && text[i] == '.') {
    ++i;
    fraction = digits();
  }
  if (whole + fraction == 0) return false;
  if (i < text.size() && (text[i] | 0x20) == 'e') {
    ++i;
    sign();
    if (digits() == 0) return false;
  }
  return i == text.size();
}

bool TypeFloat(Node& node, std::string_view text) {
  if (!LooksLikeFloat(text)) return false;
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  auto [stopped, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{}) return false;
  node.kind = Kind::kFloat;
  node.float_value = value;
  return true;
}

void Type(Node& node) {
  node.kind = Kind::kString;
  if (TypeWord(node)) return;
  const char first = node.text.front();
  if (first == '.') {
    TypeFloat(node, node.text);
  } else if ((first >= '0' && first <= '9') || first == '+' || first == '-') {
    const std::string plain = WithoutUnderscores(node.text);
    if (!TypeInt(node, plain)) TypeFloat(node, plain);
  }
}

std::optional<Kind> KindOfTag(std::string_view name) {
  if (name == "null") return Kind::kNull;
  if (name == "bool") return Kind::kBool;
  if (name == "int") return Kind::kInt;
  if (name == "float") return Kind::kFloat;
  return std::nullopt;
}

}  // namespace

Node PlainScalar(std::string text, Position position) {
  Node node;
  node.text = std::move(text);
  node.position = std::move(position);
  Type(node);
  return node;
}

Node QuotedScalar(std::string text, Position position) {
  Node node;
  node.kind = Kind::kString;
  node.text = std::move(text);
  node.position = std::move(position);
  node.quoted = true;
  return node;
}

Result<Node> TaggedScalar(std::string_view tag, std::string text, Position position) {
  if (!tag.starts_with(kTagPrefix)) return QuotedScalar(std::move(text), std::move(position));
  const std::string_view name = tag.substr(kTagPrefix.size());
  if (name == "binary") {
    return Fail(ErrorCode::kUnsupported, "the tag !!binary is not supported", std::move(position));
  }
  const std::optional<Kind> wanted = KindOfTag(name);
  if (!wanted) return QuotedScalar(std::move(text), std::move(position));
  Node node = PlainScalar(std::move(text), std::move(position));
  if (*wanted == Kind::kFloat && node.kind == Kind::kInt) node.kind = Kind::kFloat;
  if (node.kind != *wanted) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no {}, as its tag says", node.text, name),
                node.position);
  }
  return node;
}

}  // namespace tocsin::yaml
