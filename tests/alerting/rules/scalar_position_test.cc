#include "alerting/rules/scalar_position.h"

#include <gtest/gtest.h>

namespace tocsin::rules {
namespace {

// Parses `file`, and asks where the '!' in the value of "expr" stands.
std::string PlaceOfMark(const std::string& file) {
  const auto root = yaml::Parse(file, "f");
  if (!root) return root.error().ToString();
  const yaml::Node& node = *root->Find("expr");
  const size_t mark = node.text.find('!');
  if (mark == std::string::npos) return "no mark in " + node.text;
  const std::string before = node.text.substr(0, mark);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t newline = before.rfind('\n');
  const size_t column = newline == std::string::npos ? mark + 1 : mark - newline;
  return PositionInScalar(file, node, {"", static_cast<int>(line), static_cast<int>(column)}).ToString();
}

TEST(ScalarPosition, PlainScalarOnOneLine) { EXPECT_EQ(PlaceOfMark("a: 1\nexpr: up == !\n"), "f:2:13"); }
TEST(ScalarPosition, SingleQuotedWithEscapedQuote) { EXPECT_EQ(PlaceOfMark("expr: 'a''b !'\n"), "f:1:13"); }
TEST(ScalarPosition, DoubleQuotedWithEscapes) { EXPECT_EQ(PlaceOfMark("expr: \"a\\\"b\\n !\"\n"), "f:1:15"); }
TEST(ScalarPosition, LiteralBlock) { EXPECT_EQ(PlaceOfMark("expr: |\n    up\n    == !\n"), "f:3:8"); }
TEST(ScalarPosition, FoldedBlock) { EXPECT_EQ(PlaceOfMark("expr: >-\n  up\n  ==\n    !\n"), "f:4:5"); }
TEST(ScalarPosition, PlainScalarOverLines) { EXPECT_EQ(PlaceOfMark("expr: up\n  == !\n"), "f:2:6"); }

TEST(ScalarPosition, UnknownPlaceIsTheScalarsOwn) {
  const auto root = yaml::Parse("expr: up\n", "f");
  EXPECT_EQ(PositionInScalar("expr: up\n", *root->Find("expr"), {}).ToString(), "f:1:7");
}

TEST(ScalarPosition, TheEndOfTheValueIsBehindItsLastCharacter) {
  const std::string file = "expr: up ==  # why\n";
  const auto root = yaml::Parse(file, "f");
  EXPECT_EQ(PositionInScalar(file, *root->Find("expr"), {"", 1, 6}).ToString(), "f:1:12");
}

}  // namespace
}  // namespace tocsin::rules
