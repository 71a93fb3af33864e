#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/yaml/reader.h"

namespace tocsin::yaml {
namespace {

std::optional<std::string> Lookup(const std::string& name) {
  if (name == "HOST") return "db";
  if (name == "PORT") return "5432";
  if (name == "EMPTY") return "";
  if (name == "NESTED") return "${HOST}";
  return std::nullopt;
}

Node Expand(std::string_view text, Errors& errors) {
  Node node = Parse(text, "f.yml").value();
  ExpandEnvironment(node, Lookup, {"regex"}, errors);
  return node;
}

std::string Expanded(std::string_view value) {
  Errors errors;
  const Node node = Expand(value, errors);
  EXPECT_EQ(ToString(errors), "");
  return node.text;
}

TEST(ExpandEnvironment, ReplacesNamesInsideAScalar) {
  EXPECT_EQ(Expanded("'http://${HOST}:${PORT}/'"), "http://db:5432/");
}

TEST(ExpandEnvironment, TakesTheDefaultForUnsetAndForEmpty) {
  EXPECT_EQ(Expanded("'${NOBODY:-x y}'"), "x y");
  EXPECT_EQ(Expanded("'${EMPTY:-x}'"), "x");
  EXPECT_EQ(Expanded("'${NOBODY:-}'"), "");
  EXPECT_EQ(Expanded("'${EMPTY}'"), "");
  EXPECT_EQ(Expanded("'${HOST:-x}'"), "db");
}

TEST(ExpandEnvironment, LeavesWhatIsNoReference) {
  for (const char* text :
       {"$HOST", "$$", "$${HOST}", "${", "${}", "${1}", "${HOST", "${HO ST}", "${HOST:x}", "a$"}) {
    EXPECT_EQ(Expanded("'" + std::string(text) + "'"), text);
  }
}

TEST(ExpandEnvironment, DoesNotExpandWhatItInserted) { EXPECT_EQ(Expanded("'${NESTED}'"), "${HOST}"); }

TEST(ExpandEnvironment, RetypesAPlainScalarAndKeepsAQuotedOneAString) {
  Errors errors;
  const Node plain = Expand("${PORT}", errors);
  EXPECT_EQ(plain.kind, Kind::kInt);
  EXPECT_EQ(plain.int_value, 5432);
  EXPECT_EQ(plain.position.ToString(), "f.yml:1:1");
  EXPECT_EQ(Expand("'${PORT}'", errors).kind, Kind::kString);
  EXPECT_EQ(Expand("${EMPTY}", errors).kind, Kind::kNull);
}

TEST(ExpandEnvironment, SparesKeysAndLiteralKeysWithAllBelow) {
  Errors errors;
  const Node node = Expand("'${HOST}': 1\nregex: {a: ['${HOST}']}\nb: ['${HOST}']\n", errors);
  EXPECT_NE(node.Find("${HOST}"), nullptr);
  EXPECT_EQ(node.Find("regex")->Find("a")->items[0].text, "${HOST}");
  EXPECT_EQ(node.Find("b")->items[0].text, "db");
}

TEST(ExpandEnvironment, ReportsEachUnsetNameAtItsPlace) {
  Errors errors;
  Expand("a: ${NOBODY}\nb: 'x${NONE}'\n", errors);
  EXPECT_EQ(ToString(errors),
            "f.yml:1:4: the environment variable NOBODY is not set (a default is written ${NOBODY:-value})\n"
            "f.yml:2:4: the environment variable NONE is not set (a default is written ${NONE:-value})");
}

TEST(ProcessEnvironment, ReadsTheProcess) {
  ::setenv("TOCSIN_YAML_TEST", "here", 1);
  EXPECT_EQ(ProcessEnvironment()("TOCSIN_YAML_TEST"), "here");
  EXPECT_EQ(ProcessEnvironment()("TOCSIN_YAML_TEST_UNSET"), std::nullopt);
}

}  // namespace
}  // namespace tocsin::yaml
