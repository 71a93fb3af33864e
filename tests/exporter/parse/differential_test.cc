// Random formats and lines: the parsers against the reference, and against what was written.
#include <array>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "exporter/lines/mark_scanner.h"
#include "exporter/parse/json_parser.h"
#include "tests/exporter/parse/reference.h"
#include "tests/rounds.h"

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

TEST(Differential, TheMatcherIsTheReferenceWithMarksAndWithout) {
  Dice dice(20251030);
  int matched = 0;
  const auto scanner = std::make_unique<lines::MarkScanner>();
  for (int round = 0; round < Rounds(60'000); ++round) {
    const LogFormat format = RandomFormat(dice);
    std::string line = RandomLine(format, dice);
    if (dice.OneIn(3)) Damage(line, dice);
    const std::string exact(line.data(), line.size());
    const FormatMatcher matcher(format);
    std::vector<std::string_view> values(matcher.variables().size());
    MatchFailure failure;
    std::optional<std::vector<std::string>> got;
    if (matcher.Match(dice.OneIn(2) ? scanner->ScanLine(exact) : lines::Line(exact), values, failure))
      got.emplace(values.begin(), values.end());
    ASSERT_EQ(Show(got), Show(reference::Matcher(format, line).Match()))
        << format.ToString() << " escape=" << EscapeName(format.escape) << "\n"
        << line;
    ASSERT_TRUE(got || failure.column <= line.size());
    matched += got ? 1 : 0;
  }
  EXPECT_GT(matched, Rounds(20'000));
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
  for (int round = 0; round < Rounds(60'000); ++round) {
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
  EXPECT_GT(read, Rounds(10'000));
}

/// Lines of one layout, as a log has them, so that the pattern reads nearly all of them; some are broken at
/// any place, some have other values than the layout foresees.
std::string LineOfOneLayout(Dice& dice, bool is_simple) {
  static constexpr std::array<std::string_view, 12> kPlain = {"200",         "",
                                                              "502, 200",    "GET /api/users/17 HTTP/1.1",
                                                              "10.0.0.1:80", "10.0.0.1:80, 10.0.0.2:80",
                                                              "blue",        "-",
                                                              "0.001",       "a,b:c}d{e",
                                                              "\\\"",        "\xc3\xa9"};
  static constexpr std::array<std::string_view, 14> kNumbers = {
      "200", "0.001", "12345", "1",  "-",  "", "null", "123456789012345", "1234567890123456",
      "1,2", "1/2",   "1e5",   "-1", "+.5"};
  const auto text = [&] { return "\"" + std::string(dice.Pick(kPlain)) + "\""; };
  const auto number = [&] { return std::string(dice.OneIn(8) ? dice.Pick(kNumbers) : "0.023"); };
  if (is_simple) {  // short keys, of a field each
    return R"({"time":)" + text() + R"(,"request":)" + text() + R"(, "status":)" +
           (dice.OneIn(8) ? number() : "200") + R"(,"x":)" + text() + R"(,"request_time":)" + number() +
           R"(,"upstream_addr":)" + text() + R"(,"pool":)" + (dice.OneIn(30) ? number() : text()) +
           (dice.OneIn(2) ? "" : R"(,"release":"a")") + "}";
  }
  return R"({"time":)" + text() + R"(,"request":)" + text() + R"(, "status":)" +
         (dice.OneIn(8) ? number() : "200") + R"(,"x":)" + text() + R"(,"request_time":)" + number() +
         R"(,"a_key_longer_than_a_token_may_be":)" + text() + R"(,"upstream_addr":)" + text() + R"(,"rt":)" +
         number() + R"(,"pool":)" + (dice.OneIn(30) ? number() : text()) + "}";
}

void CheckPattern(bool is_simple, JsonPattern::Means means) {
  Dice dice(11);
  JsonParser taught({}, JsonPattern(means));
  int read = 0;
  for (int round = 0; round < Rounds(60'000); ++round) {
    std::string line = LineOfOneLayout(dice, is_simple);
    if (dice.OneIn(4)) Damage(line, dice);
    const std::vector<char> alone(line.begin(), line.end());  // so that a byte beyond would be seen
    const std::string_view exact(alone.data(), alone.size());
    LogRecord record;
    LogRecord same;
    JsonParser fresh;  // has no pattern
    const LineFault fault = taught.Parse(exact, record);
    ASSERT_EQ(LineFaultName(fault), LineFaultName(fresh.Parse(exact, same))) << line;
    if (!IsUsable(fault)) continue;
    ++read;
    for (size_t i = 0; i < kFieldCount; ++i) {
      const auto field = static_cast<Field>(i);
      ASSERT_EQ(record.Text(field), same.Text(field)) << line << "\n" << FieldName(field);
      ASSERT_EQ(record.Names(field), same.Names(field)) << line << "\n" << FieldName(field);
    }
  }
  EXPECT_GT(read, Rounds(20'000));
}

TEST(Differential, APatternReadsWhatAFreshParserReads) {
  for (const bool is_simple : {false, true}) {
    CheckPattern(is_simple, JsonPattern::Means::kAll);
    CheckPattern(is_simple, JsonPattern::Means::kPlain);
  }
}

void CheckOnALineLikeTheOneBefore(JsonPattern pattern) {
  const auto line = [](std::string_view status) {
    return R"({"time":"2025-10-30T21:00:00+00:00","request":"GET / HTTP/1.1","status":)" +
           std::string(status) + R"(,"pool":"blue"})";
  };
  const std::string taught = line("200");
  const auto at = [&](std::string_view text) {
    return std::string_view(taught).substr(taught.find(text), text.size());
  };
  const auto field = [](Field f) { return Targets{static_cast<uint8_t>(f), Targets::kNone}; };
  pattern.Learn(taught, {{at("2025-10-30T21:00:00+00:00"), field(Field::kTime)},
                         {at("GET / HTTP/1.1"), field(Field::kRequest)},
                         {at("200"), field(Field::kStatus)},
                         {at("blue"), field(Field::kPool)}});
  ASSERT_FALSE(pattern.empty());
  LogRecord record;
  const auto scanner = std::make_unique<lines::MarkScanner>();
  const auto reads = [&](const std::string& text) { return pattern.Read(scanner->ScanLine(text), record); };
  const std::string other = line("404");  // the record's texts lie in it
  ASSERT_TRUE(reads(other));
  EXPECT_EQ(record.Text(Field::kStatus), "404");
  EXPECT_EQ(record.Text(Field::kPool), "blue");
  EXPECT_FALSE(pattern.Read(other, record)) << "nobody has looked for its marks";
  EXPECT_FALSE(reads(line("null")));
  EXPECT_FALSE(reads(line("\"404\"")));
  EXPECT_FALSE(reads(line("404") + " "));
  EXPECT_FALSE(reads(line("404\n")));
}

TEST(JsonPattern, ReadsALineLikeTheOneBefore) {
  CheckOnALineLikeTheOneBefore(JsonPattern(JsonPattern::Means::kAll));
  CheckOnALineLikeTheOneBefore(JsonPattern(JsonPattern::Means::kPlain));
}

}  // namespace
}  // namespace tocsin::parse
