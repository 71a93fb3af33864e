#include "alerting/collect/scrape/relabel.h"

#include <gtest/gtest.h>

namespace tocsin::collect {
namespace {

const model::Labels kLabels{{"__name__", "m"}, {"a", "foo"}, {"b", "bar"}, {"c", "baz"}};

std::string Apply(const RelabelRule& rule, const model::Labels& labels = kLabels) {
  const Result<Relabeling> relabeling = Relabeling::Compile({rule});
  if (!relabeling) return relabeling.error().message();
  model::LabelsBuilder builder(labels);
  return relabeling->Apply(builder) ? builder.Build().ToString() : "dropped";
}

using enum RelabelAction;

TEST(Relabel, ReplacesFromJoinedSources) {
  EXPECT_EQ(
      Apply(
          {.source_labels = {"a", "b"}, .regex = "f(.*);(.*)r", .target_label = "d", .replacement = "$1-$2"}),
      R"(m{a="foo", b="bar", c="baz", d="oo-ba"})");
  EXPECT_EQ(Apply({.source_labels = {"a"}, .regex = "nomatch", .target_label = "d"}),
            R"(m{a="foo", b="bar", c="baz"})");
  EXPECT_EQ(Apply({.source_labels = {"a"}, .target_label = "d"}), R"(m{a="foo", b="bar", c="baz", d="foo"})");
}

TEST(Relabel, AnEmptyReplacementDeletes) {
  EXPECT_EQ(Apply({.source_labels = {"a"}, .target_label = "b", .replacement = ""}),
            R"(m{a="foo", c="baz"})");
  EXPECT_EQ(Apply({.source_labels = {"none"}, .target_label = "b"}), R"(m{a="foo", c="baz"})");
}

TEST(Relabel, SetsAConstant) {
  EXPECT_EQ(Apply({.target_label = "d", .replacement = "x"}), R"(m{a="foo", b="bar", c="baz", d="x"})");
}

TEST(Relabel, ExpandsTemplatesAsGoDoes) {
  const auto with = [](std::string replacement, std::string regex = "(f)(?P<rest>o+)") {
    return Apply({.source_labels = {"a"},
                  .regex = std::move(regex),
                  .target_label = "a",
                  .replacement = std::move(replacement)},
                 {{"a", "foo"}});
  };
  EXPECT_EQ(with("${1}x"), R"({a="fx"})");
  EXPECT_EQ(with("$1x"), "{}");
  EXPECT_EQ(with("$rest"), R"({a="oo"})");
  EXPECT_EQ(with("$0$$"), R"({a="foo$"})");
  EXPECT_EQ(with("$9-"), R"({a="-"})");
  EXPECT_EQ(with("$(1)"), "{a=\"$(1)\"}");
  EXPECT_EQ(with("${1"), R"({a="${1"})");
}

TEST(Relabel, TheTargetMayBeATemplate) {
  EXPECT_EQ(Apply({.source_labels = {"a"}, .regex = "(.*)", .target_label = "x_$1", .replacement = "1"}),
            R"(m{a="foo", b="bar", c="baz", x_foo="1"})");
  EXPECT_EQ(Apply({.source_labels = {"a"}, .regex = "(.*)", .target_label = "$2", .replacement = "1"}),
            R"(m{a="foo", b="bar", c="baz"})");
}

TEST(Relabel, KeepsAndDropsByAnAnchoredExpression) {
  EXPECT_EQ(Apply({.source_labels = {"a"}, .regex = "fo", .action = kKeep}), "dropped");
  EXPECT_EQ(Apply({.source_labels = {"a"}, .regex = "fo.", .action = kDrop}), "dropped");
  EXPECT_NE(Apply({.source_labels = {"a"}, .regex = "fo", .action = kDrop}), "dropped");
  EXPECT_NE(Apply({.source_labels = {"a"}, .regex = "x|foo", .action = kKeep}), "dropped");
  EXPECT_NE(Apply({.source_labels = {"a"}, .regex = "a.b", .action = kKeep}, {{"a", "a\nb"}}), "dropped");
}

TEST(Relabel, ComparesWithTheTarget) {
  const model::Labels same{{"a", "1"}, {"b", "1"}, {"c", "2"}};
  EXPECT_NE(Apply({.source_labels = {"a"}, .target_label = "b", .action = kKeepEqual}, same), "dropped");
  EXPECT_EQ(Apply({.source_labels = {"a"}, .target_label = "c", .action = kKeepEqual}, same), "dropped");
  EXPECT_EQ(Apply({.source_labels = {"a"}, .target_label = "b", .action = kDropEqual}, same), "dropped");
  EXPECT_NE(Apply({.source_labels = {"a"}, .target_label = "c", .action = kDropEqual}, same), "dropped");
}

TEST(Relabel, HashModIsMd5sLowHalf) {
  // md5("foo") = acbd18db4cc2f85c edef654fccc4a4d8
  EXPECT_EQ(Apply({.source_labels = {"a"}, .modulus = 1000, .target_label = "d", .action = kHashMod},
                  {{"a", "foo"}}),
            "{a=\"foo\", d=\"" + std::to_string(0xedef654fccc4a4d8ULL % 1000) + "\"}");
}

TEST(Relabel, MapsDropsAndKeepsLabelsByName) {
  const model::Labels meta{{"__meta_x", "1"}, {"__meta_y", "2"}, {"z", "3"}};
  EXPECT_EQ(Apply({.regex = "__meta_(.+)", .action = kLabelMap}, meta),
            R"({__meta_x="1", __meta_y="2", x="1", y="2", z="3"})");
  EXPECT_EQ(Apply({.regex = "__meta_.+", .action = kLabelDrop}, meta), R"({z="3"})");
  EXPECT_EQ(Apply({.regex = "__meta_.+", .action = kLabelKeep}, meta), R"({__meta_x="1", __meta_y="2"})");
}

TEST(Relabel, ChangesCase) {
  const model::Labels mixed{{"a", "FooÄ"}};
  EXPECT_EQ(Apply({.source_labels = {"a"}, .target_label = "a", .action = kLowercase}, mixed),
            R"({a="fooä"})");
  EXPECT_EQ(Apply({.source_labels = {"a"}, .target_label = "a", .action = kUppercase}, mixed),
            R"({a="FOOÄ"})");
}

TEST(Relabel, RunsRulesInOrderUntilOneDrops) {
  const Result<Relabeling> relabeling = Relabeling::Compile(
      {{.target_label = "d", .replacement = "x"}, {.source_labels = {"d"}, .regex = "x", .action = kDrop}});
  ASSERT_TRUE(relabeling.has_value());
  model::LabelsBuilder builder(kLabels);
  EXPECT_FALSE(relabeling->Apply(builder));
}

TEST(Relabel, RefusesWhatAnActionDoesNotTake) {
  EXPECT_EQ(Apply({.target_label = "a", .action = kHashMod}),
            "relabel configuration for hashmod requires non-zero modulus");
  EXPECT_EQ(Apply({}), "relabel configuration for replace action requires 'target_label' value");
  EXPECT_EQ(Apply({.target_label = "a", .replacement = "x", .action = kLowercase}),
            "'replacement' can not be set for lowercase action");
  EXPECT_EQ(Apply({.replacement = "", .action = kLabelMap}),
            "\"\" is invalid 'replacement' for labelmap action");
  EXPECT_EQ(Apply({.separator = ",", .target_label = "a", .action = kDropEqual}),
            "dropequal action requires only 'source_labels' and 'target_label', and no other fields");
  EXPECT_EQ(Apply({.source_labels = {"a"}, .action = kLabelDrop}),
            "labeldrop action requires only 'regex', and no other fields");
  EXPECT_EQ(Apply({.regex = "(", .action = kKeep}), "invalid regular expression: missing ): ^(?s:()$");
}

TEST(Relabel, ActionsAreReadInAnyCase) {
  EXPECT_EQ(ParseRelabelAction("LabelMap"), kLabelMap);
  EXPECT_EQ(ParseRelabelAction("nope").error().message(), "unknown relabel action \"nope\"");
  EXPECT_EQ(RelabelActionName(kKeepEqual), "keepequal");
}

}  // namespace
}  // namespace tocsin::collect
