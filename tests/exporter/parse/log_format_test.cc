#include "exporter/parse/log_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/parse/conf_tokens.h"

namespace tocsin::parse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Literals in single quotes, variables with '$'.
std::vector<std::string> Pieces(const LogFormat& format) {
  std::vector<std::string> out;
  out.reserve(format.pieces.size());
  for (const LogFormat::Piece& piece : format.pieces) {
    out.push_back(piece.kind == LogFormat::Piece::Kind::kVariable ? "$" + piece.text
                                                                  : "'" + piece.text + "'");
  }
  return out;
}

TEST(LogFormat, IsLiteralsAndVariables) {
  const auto format = ParseLogFormat(R"($remote_addr - "$request" rt=${request_time}s)");
  ASSERT_TRUE(format.has_value());
  EXPECT_EQ(format->escape, Escape::kDefault);
  EXPECT_THAT(Pieces(*format),
              ElementsAre("$remote_addr", R"(' - "')", "$request", R"('" rt=')", "$request_time", "'s'"));
  EXPECT_EQ(format->ToString(), R"($remote_addr - "$request" rt=${request_time}s)");
  EXPECT_THAT(Pieces(*ParseLogFormat("$a$b")), ElementsAre("$a", "$b"));
}

TEST(LogFormat, TakesAnEscapeAndAWholeDirective) {
  EXPECT_EQ(ParseLogFormat("escape=json $status")->escape, Escape::kJson);
  EXPECT_EQ(ParseLogFormat("escape=none $status")->escape, Escape::kNone);
  const auto directive = ParseLogFormat("log_format x escape=json '{\"a\":\"$status\",'\n  '\"b\":1}';");
  ASSERT_TRUE(directive.has_value());
  EXPECT_EQ(directive->name, "x");
  EXPECT_EQ(directive->escape, Escape::kJson);
  EXPECT_THAT(Pieces(*directive), ElementsAre(R"('{"a":"')", "$status", R"('","b":1}')"));
  EXPECT_TRUE(directive->IsJson());
  EXPECT_FALSE(ParseLogFormat("{$status}")->IsJson());
}

TEST(LogFormat, SaysWhatIsWrongAndWhere) {
  const auto error = [](std::string_view text) { return ParseLogFormat(text).error().ToString(); };
  EXPECT_EQ(error("a $ b"), "log_format:1:3: a variable's name is expected after '$'");
  EXPECT_EQ(error("$status ${time"), "log_format:1:9: the closing brace of the variable \"time\" is missing");
  EXPECT_THAT(error("escape=xml $status"), HasSubstr("unknown log format escaping \"xml\""));
  EXPECT_THAT(error("log_format x;"), HasSubstr("needs a name and at least one string"));
  EXPECT_THAT(error("log_format x 'a' b; log_format y 'c';"), HasSubstr("nothing after it"));
  EXPECT_THAT(error(""), HasSubstr("empty"));
}

/// "name(argument,argument){block}".
std::string Print(const std::vector<ConfDirective>& directives) {
  std::string out;
  for (const ConfDirective& directive : directives) {
    for (size_t i = 0; i < directive.words.size(); ++i) out += (i > 0 ? "|" : "") + directive.words[i];
    out += directive.has_block ? "{" + Print(directive.block) + "}" : ";";
  }
  return out;
}

TEST(ReadDirectives, UnderstandsNginxQuotingCommentsAndBlocks) {
  std::vector<ConfDirective> directives;
  const std::string text =
      "# a comment; { }\n"
      "user  nginx ;http{server{listen 80;}\n"
      "  map $uri $x { \"~^/a\\.b{2}$\" 1; \"a;\\\"b\" 'c#d'; default ${uri}x; }\n"
      "  content_by_lua_block { local t = { \"}\" } -- }\n  }\n"
      "  set $e \"tab\\tend\\q\";\n}";
  const Status read = ReadDirectives(text, "nginx.conf", directives);
  ASSERT_TRUE(read.has_value()) << read.error().ToString();
  EXPECT_EQ(Print(directives),
            "user|nginx;http{server{listen|80;}map|$uri|$x{~^/a\\.b{2}$|1;a;\"b|c#d;default|${uri}x;}"
            "content_by_lua_block{}set|$e|tab\tend\\q;}");
  EXPECT_EQ(directives[1].position, (Position{"nginx.conf", 2, 14}));
}

TEST(ReadDirectives, SaysWhatIsWrongAndWhere) {
  const auto error = [](std::string_view text) {
    std::vector<ConfDirective> directives;
    return ReadDirectives(text, "n.conf", directives).error().ToString();
  };
  EXPECT_EQ(error("http {\n  server {\n}\n"), R"(n.conf:4:1: unexpected end of file, expecting "}")");
  EXPECT_EQ(error("user nginx"), R"(n.conf:1:11: unexpected end of file, expecting ";" or "}")");
  EXPECT_EQ(error("a;\n}"), R"(n.conf:2:1: unexpected "}")");
  EXPECT_EQ(error(" ;"), R"(n.conf:1:2: unexpected ";")");
  EXPECT_EQ(error("a \"b"), "n.conf:1:3: a quoted word does not end");
  EXPECT_EQ(error("a 'b'c;"), R"(n.conf:1:6: unexpected "c" after a quoted word)");
  EXPECT_THAT(error(std::string(100, '{')), HasSubstr("unexpected \"{\""));
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "a{";
  EXPECT_THAT(error(deep), HasSubstr("too deep"));
}

TEST(ReadDirectives, UndoesQuotesAndEscapes) {
  std::vector<ConfDirective> directives;
  ASSERT_TRUE(ReadDirectives(R"(a 'b "c"' "d\"e\\" f\ g ${h}i;)", "", directives).has_value());
  EXPECT_EQ(Print(directives), "a|b \"c\"|d\"e\\|f\\ g|${h}i;");
}

}  // namespace
}  // namespace tocsin::parse
