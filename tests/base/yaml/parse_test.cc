#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/yaml/go_yaml.h"
#include "base/yaml/node.h"

namespace tocsin::yaml {
namespace {

Node MustParse(std::string_view text, const ParseLimits& limits = {}) {
  Result<Node> node = Parse(text, "f.yml", limits);
  EXPECT_TRUE(node.has_value()) << node.error().ToString();
  return node ? *node : Node{};
}

std::string Refusal(std::string_view text, const ParseLimits& limits = {}) {
  const Result<Node> node = Parse(text, "f.yml", limits);
  return node ? "accepted" : node.error().ToString();
}

std::string At(const Node& node) { return node.position.ToString(); }

TEST(Parse, KeepsOrderPositionsAndQuoting) {
  const Node root = MustParse("global:\n  scrape_interval: 15s\n  labels: [a, 'b']\nz: \"5\"\n");
  ASSERT_EQ(root.kind, Kind::kMapping);
  ASSERT_EQ(root.entries.size(), 2U);
  EXPECT_EQ(At(root), "f.yml:1:1");
  EXPECT_EQ(root.entries[0].key, "global");
  EXPECT_EQ(root.entries[1].key_position.ToString(), "f.yml:4:1");
  const Node* global = root.Find("global");
  ASSERT_NE(global, nullptr);
  const Node* interval = global->Find("scrape_interval");
  ASSERT_NE(interval, nullptr);
  EXPECT_EQ(At(*interval), "f.yml:2:20");
  EXPECT_EQ(interval->text, "15s");
  const Node* labels = global->Find("labels");
  ASSERT_EQ(labels->items.size(), 2U);
  EXPECT_FALSE(labels->items[0].quoted);
  EXPECT_TRUE(labels->items[1].quoted);
  EXPECT_EQ(At(labels->items[1]), "f.yml:3:15");
  EXPECT_EQ(root.Find("z")->kind, Kind::kString);
  EXPECT_EQ(root.Find("nothing"), nullptr);
}

TEST(Parse, CountsColumnsInBytes) { EXPECT_EQ(At(*MustParse("{\"ü\": 1}").Find("ü")), "f.yml:1:8"); }

TEST(Parse, AnEmptyDocumentIsNull) {
  EXPECT_EQ(MustParse("").kind, Kind::kNull);
  EXPECT_EQ(MustParse("# nothing here\n").kind, Kind::kNull);
  EXPECT_EQ(MustParse("---\n").kind, Kind::kNull);
  EXPECT_EQ(MustParse("\xEF\xBB\xBF").kind, Kind::kNull);
}

TEST(Parse, BlockScalarsKeepTheirLines) {
  const Node root = MustParse("a: |\n  one\n  two\nb: >-\n  one\n  two\n");
  EXPECT_EQ(root.Find("a")->text, "one\ntwo\n");
  EXPECT_EQ(root.Find("b")->text, "one two");
  EXPECT_TRUE(root.Find("a")->quoted);
}

TEST(Parse, AValueLeftOutStandsAtItsKey) {
  const Node root = MustParse("a:\n\n\nb: 1\n");
  EXPECT_EQ(root.Find("a")->kind, Kind::kNull);
  EXPECT_EQ(At(*root.Find("a")), "f.yml:1:1");
}

TEST(Parse, RefusesADuplicateKeyAtTheSecond) {
  EXPECT_EQ(Refusal("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n"), "f.yml:5:3: duplicate key \"c\"");
  EXPECT_EQ(Refusal("{a: 1, \"a\": 2}"), "f.yml:1:8: duplicate key \"a\"");
}

TEST(Parse, RefusesKeysThatAreNoScalars) {
  EXPECT_EQ(Refusal("? [a]\n: 5\n"), "f.yml:1:3: a key must be a scalar, not a sequence");
  EXPECT_EQ(Refusal("? {a: b}\n: 5\n"), "f.yml:1:3: a key must be a scalar, not a mapping");
  EXPECT_EQ(Refusal("a: &x [1]\n*x : 5\n"), "f.yml:1:4: a key must be a scalar, not a sequence");
  EXPECT_EQ(Refusal("~: 5\n"), "f.yml:1:1: a key is missing");
}

TEST(Parse, RefusesASecondDocument) {
  EXPECT_EQ(Refusal("a: 1\n---\nb: 2\n"), "f.yml:2:1: only one document is allowed in a file");
}

TEST(ParseFirst, PassesOverFurtherDocuments) {
  const auto root = ParseFirst("---\na: 1\n---\n{{{\n", "f.yml");
  ASSERT_TRUE(root) << root.error().ToString();
  EXPECT_EQ(root->Find("a")->int_value, 1);
  EXPECT_EQ(ParseFirst("a: 1\n...\n} b ]\n", "f.yml")->Find("a")->int_value, 1);
  const auto empty = ParseFirst("---\n---\na: 1\n", "f.yml");
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->kind, Kind::kNull);
  EXPECT_EQ(ParseFirst("a: 1\na: 2\n---\n", "f.yml").error().ToString(), "f.yml:2:1: duplicate key \"a\"");
}

TEST(ParseFirst, TellsWhereItStops) {
  EXPECT_EQ(LineOfSecondDocument("a: 1\n---\nb: 2\n"), 2);
  EXPECT_EQ(LineOfSecondDocument("# c\n---\na: 1\n...\n# d\n--- b\n"), 4);
  EXPECT_EQ(LineOfSecondDocument("%YAML 1.1\n--- a: 1\r\n---\r\nb: 2"), 3);
  EXPECT_EQ(LineOfSecondDocument("---\na: |\n  ---\n  x\n---\n# nothing\n...\n"), std::nullopt);
  EXPECT_EQ(LineOfSecondDocument(""), std::nullopt);
}

TEST(ParseFirst, TakesUtf16AndLoneCarriageReturns) {
  EXPECT_EQ(PlainText("a\r\nb\rc\r"), "a\r\nb\nc\n");
  EXPECT_EQ(PlainText(std::string("\xFF\xFE"
                                  "a\0\xE9\0\x3D\xD8\0\xDE",
                                  10)),
            "a\xC3\xA9\xF0\x9F\x98\x80");
  const std::string big("\xFE\xFF\0a\0:\0 \0b", 10);
  EXPECT_EQ(ParseFirst(big, "f.yml")->Find("a")->text, "b");
  EXPECT_EQ(ParseFirst(big + '\0', "f.yml").error().ToString(), "f.yml:1:5: the text is not valid UTF-8");
  EXPECT_FALSE(ParseFirst(std::string("\xFF\xFE\x3D\xD8"
                                      "a\0",
                                      6),
                          "f.yml"))
      << "half a pair";
}

TEST(Parse, ReportsSyntaxWithItsPlace) {
  EXPECT_EQ(Refusal("a: b: c\n"), "f.yml:1:5: illegal map value");
  EXPECT_EQ(Refusal("a: [1, 2\n"), "f.yml:2:1: end of sequence flow not found");
  EXPECT_EQ(Refusal("a: *nobody\n"), "f.yml:1:4: the referenced anchor is not defined");
}

TEST(Parse, RefusesWhatIsNotText) {
  EXPECT_EQ(Refusal("a: 1\nb: \xC3(\n"), "f.yml:2:4: the text is not valid UTF-8");
  EXPECT_EQ(Refusal("a: \xED\xA0\x80"), "f.yml:1:4: the text is not valid UTF-8");
  EXPECT_EQ(Refusal("a: \xF0\x80\x80\x80"), "f.yml:1:4: the text is not valid UTF-8");
  EXPECT_EQ(Refusal(std::string_view("a: \0", 4)), "f.yml:1:4: the character U+0000 is not allowed");
  EXPECT_EQ(Refusal("a: 1\n\x04"
                    "b: 2\n"),
            "f.yml:2:1: the character U+0004 is not allowed");
}

TEST(Parse, AliasesRepeatTheirAnchor) {
  const Node root = MustParse("a: &x {b: [1, 2]}\nc: *x\n");
  EXPECT_EQ(root.Find("c")->Find("b")->items[1].int_value, 2);
  EXPECT_EQ(At(*root.Find("c")->Find("b")), "f.yml:1:11");
}

TEST(Parse, AnAliasInsideItsOwnAnchorIsRefused) {
  EXPECT_EQ(Refusal("a: &x [1, *x]\n"), "f.yml:1:11: the anchor's value contains this alias of itself");
}

TEST(Parse, MergesAndLetsExplicitKeysWinWhereverTheyStand) {
  const Node root = MustParse("x: &x {a: 1, b: 2}\ny: {a: 10, <<: *x}\nz: {<<: *x, b: 20}\n");
  EXPECT_EQ(root.Find("y")->Find("a")->int_value, 10);
  EXPECT_EQ(root.Find("y")->Find("b")->int_value, 2);
  EXPECT_EQ(root.Find("z")->Find("b")->int_value, 20);
  EXPECT_EQ(root.Find("z")->Find("<<"), nullptr);
}

TEST(Parse, MergesASequenceTheEarlierWinning) {
  const Node root = MustParse("p: &p {a: 1}\nq: &q {a: 2, b: 3}\nr: {<<: [*p, *q]}\n");
  EXPECT_EQ(root.Find("r")->Find("a")->int_value, 1);
  EXPECT_EQ(root.Find("r")->Find("b")->int_value, 3);
}

TEST(Parse, AQuotedMergeKeyIsAKey) { EXPECT_NE(MustParse("\"<<\": {a: 1}\n").Find("<<"), nullptr); }

TEST(Parse, RefusesToMergeWhatIsNoMapping) {
  EXPECT_EQ(Refusal("a: 1\n<<: 5\n"), "f.yml:2:1: \"<<\" takes a mapping or a sequence of mappings");
  EXPECT_EQ(Refusal("<<: [1]\n"), "f.yml:1:1: \"<<\" takes a mapping or a sequence of mappings");
}

TEST(Parse, StopsBillionLaughs) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += last + ",";
    text += "]\n";
  }
  const ParseLimits limits{.max_nodes = 100'000};
  EXPECT_EQ(Refusal(text, limits), "f.yml:5:38: the document has more than 100000 values (aliases expanded)");
}

TEST(Parse, BoundsDepthAlsoThroughAliases) {
  const ParseLimits limits{.max_depth = 3};
  EXPECT_EQ(Refusal("[[[1]]]", limits), "accepted");
  EXPECT_EQ(Refusal("[[[[1]]]]", limits), "f.yml:1:4: nested deeper than 3 levels");
  EXPECT_EQ(Refusal("a: &a [[1]]\nb: [*a]\n", limits), "f.yml:2:5: nested deeper than 3 levels");
  EXPECT_EQ(Refusal(std::string(5'000, '[') + std::string(5'000, ']'), {}),
            "f.yml:1:101: nested deeper than 100 levels");
}

TEST(Parse, BoundsTheSize) { EXPECT_EQ(Refusal("abc", {.max_bytes = 2}), "f.yml: larger than 2 bytes"); }

TEST(ParseFile, NamesThePathAsGiven) {
  const auto path = std::filesystem::path(testing::TempDir()) / "tocsin_parse_file.yml";
  std::ofstream(path) << "a: 1\na: 2\n";
  const Result<Node> node = ParseFile(path.string());
  std::filesystem::remove(path);
  ASSERT_FALSE(node.has_value());
  EXPECT_EQ(node.error().ToString(), path.string() + ":2:1: duplicate key \"a\"");
}

TEST(ParseFile, ReportsAMissingFile) {
  const Result<Node> node = ParseFile("/nonexistent/x.yml");
  ASSERT_FALSE(node.has_value());
  EXPECT_EQ(node.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(node.error().position().source, "/nonexistent/x.yml");
}

}  // namespace
}  // namespace tocsin::yaml
