// Random formats and lines: the parsers against the reference, and against what was written.
#include <array>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "exporter/parse/json_parser.h"
#include "tests/exporter/parse/reference.h"

namespace tocsin::parse {
namespace {

class Dice {
 public:
  explicit Dice(uint32_t seed) : engine_(seed) {}
  size_t Below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(engine_); }
  bool OneIn(size_t n) { return Below(n) == 0; }
  template <size_t n>
  std::string_view Pick(const std::array<std::string_view, n>& from) {
    return from[Below(n)];
  }

 private:
  std::mt19937 engine_;
};

constexpr std::array<std::string_view, 12> kVariables = {
    "remote_addr",     "remote_user",  "time_local",      "time_iso8601",           "request",
    "status",          "request_time", "body_bytes_sent", "upstream_response_time", "upstream_addr",
    "upstream_status", "host"};
constexpr std::array<std::string_view, 14> kLiterals = {" ",    "\" \"", " - ", " [", "] \"", "\" ", ",",
                                                        " rt=", "|",     "]",   "\"", " \"",  ", ",  " : "};
constexpr std::array<std::string_view, 24> kTexts = {
    "-",         "",          "200",   "0.001",   "10.0.0.1:80",
    "[::1]:80",  ", ",        " : ",   " ",       "a b",
    "\"",        "\\",        "\\x22", "\\u00e9", "GET / HTTP/1.1",
    "unix:/a b", "] [",       " - ",   "\xff",    "\xc3\xa9",
    "0.1, 0.2",  "502 : 200", ",",     "|"};

std::string RandomText(Dice& dice) {
  std::string text;
  for (size_t i = dice.Below(4); i > 0; --i) text += dice.Pick(kTexts);
  return text;
}

/// As nginx writes it.
std::string Escaped(std::string_view text, Escape escape) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    static constexpr std::string_view kHex = "0123456789ABCDEF";
    if (escape == Escape::kDefault && (byte < 0x20 || byte >= 0x7F || c == '"' || c == '\\')) {
      out += std::string("\\x") + kHex[byte / 16] + kHex[byte % 16];
    } else if (escape == Escape::kJson && (c == '"' || c == '\\')) {
      out += std::string("\\") + c;
    } else {
      out += c;
    }
  }
  return out;
}

std::string RandomValue(std::string_view variable, Dice& dice) {
  if (variable == "time_local") return "30/Oct/2025:21:00:00 +0000";
  if (variable == "time_iso8601") return "2025-10-30T21:00:00+00:00";
  if (ShapeOf(variable) == Shape::kNumber) return dice.OneIn(4) ? "-" : std::to_string(dice.Below(1000));
  return RandomText(dice);
}

LogFormat RandomFormat(Dice& dice) {
  LogFormat format;
  format.escape = static_cast<Escape>(dice.Below(3));
  using Kind = LogFormat::Piece::Kind;
  if (dice.OneIn(3)) format.pieces.push_back({Kind::kLiteral, std::string(dice.Pick(kLiterals))});
  for (size_t i = 1 + dice.Below(6); i > 0; --i) {
    format.pieces.push_back({Kind::kVariable, std::string(dice.Pick(kVariables))});
    if (!dice.OneIn(6)) format.pieces.push_back({Kind::kLiteral, std::string(dice.Pick(kLiterals))});
  }
  return format;
}

std::string RandomLine(const LogFormat& format, Dice& dice) {
  std::string line;
  for (const LogFormat::Piece& piece : format.pieces) {
    line += piece.kind == LogFormat::Piece::Kind::kLiteral
                ? piece.text
                : Escaped(RandomValue(piece.text, dice), format.escape);
  }
  return line;
}

void Damage(std::string& line, Dice& dice) {
  if (line.empty()) return;
  const size_t at = dice.Below(line.size());
  switch (dice.Below(4)) {
    case 0:
      line.resize(at);
      break;
    case 1:
      line[at] = static_cast<char>(dice.Below(256));
      break;
    case 2:
      line.insert(at, dice.Pick(kTexts));
      break;
    default:
      line.erase(at, 1 + dice.Below(3));
  }
}

std::string Show(const std::optional<std::vector<std::string>>& values) {
  if (!values) return "no match";
  std::string out;
  for (const std::string& value : *values) out += "<" + value + ">";
  return out;
}

TEST(Differential, TheMatcherIsTheReference) {
  Dice dice(20251030);
  int matched = 0;
  for (int round = 0; round < 60'000; ++round) {
    const LogFormat format = RandomFormat(dice);
    std::string line = RandomLine(format, dice);
    if (dice.OneIn(3)) Damage(line, dice);
    const std::string exact(line.data(), line.size());
    const FormatMatcher matcher(format);
    std::vector<std::string_view> values(matcher.variables().size());
    MatchFailure failure;
    std::optional<std::vector<std::string>> got;
    if (matcher.Match(exact, values, failure)) got.emplace(values.begin(), values.end());
    ASSERT_EQ(Show(got), Show(reference::Matcher(format, line).Match()))
        << format.ToString() << " escape=" << EscapeName(format.escape) << "\n"
        << line;
    ASSERT_TRUE(got || failure.column <= line.size());
    matched += got ? 1 : 0;
  }
  EXPECT_GT(matched, 20'000);
}

constexpr std::array<std::string_view, 9> kKeys = {"status",
                                                   "request",
                                                   "request_time",
                                                   "rt",
                                                   "pool",
                                                   "x",
                                                   "upstream_addr",
                                                   "time",
                                                   "a_key_longer_than_a_token_may_be"};
constexpr std::array<std::string_view, 10> kBare = {
    "200", "0.001", "", "-", "null", "true", "0.1, 0.2", "[1,{\"a\":\"}\"}]", "0.1 : 0.2", "{}"};

std::string RandomObject(Dice& dice) {
  std::string line = "{";
  const Escape escape = dice.OneIn(2) ? Escape::kJson : Escape::kDefault;
  for (size_t i = 0, n = 1 + dice.Below(6); i < n; ++i) {
    if (i > 0) line += dice.OneIn(5) ? ", " : ",";
    line += "\"" + std::string(dice.Pick(kKeys)) + (dice.OneIn(5) ? "\" : " : "\":");
    line += dice.OneIn(3) ? std::string(dice.Pick(kBare)) : "\"" + Escaped(RandomText(dice), escape) + "\"";
  }
  return line + "}";
}

TEST(Differential, TheJsonParserIsTheReferenceWhateverItLearned) {
  Dice dice(7);
  JsonParser parser;
  int read = 0;
  for (int round = 0; round < 60'000; ++round) {
    std::string line = RandomObject(dice);
    if (dice.OneIn(3)) Damage(line, dice);
    const std::string exact(line.data(), line.size());
    LogRecord record;
    const LineFault fault = parser.Parse(exact, record);
    const auto members = reference::Json(line).Read();
    LogRecord expected;
    if (members) {
      for (const auto& [key, value] : *members) {
        if (const auto field = FieldByName(key)) expected.Set(*field, value);
      }
    }
    const bool counts = members && !expected.Value(Field::kStatus).empty();
    ASSERT_EQ(IsUsable(fault), counts) << line << "\n" << LineFaultName(fault);
    if (!counts) continue;
    ++read;
    for (size_t i = 0; i < kFieldCount; ++i) {
      const auto field = static_cast<Field>(i);
      ASSERT_EQ(record.Text(field), expected.Text(field)) << line << "\n" << FieldName(field);
    }
  }
  EXPECT_GT(read, 10'000);
}

}  // namespace
}  // namespace tocsin::parse
