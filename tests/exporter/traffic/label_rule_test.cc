#include "exporter/traffic/label_rule.h"

#include <gtest/gtest.h>

namespace tocsin::traffic {
namespace {

using parse::Field;

std::string ValueOf(LabelRule::Options options, std::string_view raw) {
  options.name = "x";
  options.source = {Field::kHost, 0};
  const auto rule = LabelRule::Make(std::move(options));
  EXPECT_TRUE(rule.has_value());
  parse::LogRecord record;
  record.Set(Field::kHost, raw);
  std::string scratch;
  return std::string(rule->Value(record, scratch));
}

TEST(LabelRule, TakesAFieldAsItIs) {
  EXPECT_EQ(ValueOf({}, "shop.example"), "shop.example");
  EXPECT_EQ(ValueOf({}, "-"), "");
  EXPECT_EQ(ValueOf({}, ""), "");
}

TEST(LabelRule, MapsValuesByTheFirstThatFits) {
  LabelRule::Options options;
  options.map = {{"a.example", false, "a"},
                 {"(.*)[.]example", true, "example-$1"},
                 {"x(y)(z)", true, "$$${2}$1"},
                 {"secret", false, ""}};
  EXPECT_EQ(ValueOf(options, "a.example"), "a");
  EXPECT_EQ(ValueOf(options, "b.example"), "example-b");
  EXPECT_EQ(ValueOf(options, "b.example.org"), "b.example.org") << "the whole value has to match";
  EXPECT_EQ(ValueOf(options, "xyz"), "$zy");
  EXPECT_EQ(ValueOf(options, "secret"), "");
  options.otherwise = "rest";
  EXPECT_EQ(ValueOf(options, "b.example.org"), "rest");
}

TEST(LabelRule, RoutesComeFromTheRequestToo) {
  LabelRule::Options options;
  options.name = "route";
  options.source = {Field::kUri, 0};
  options.routes = {"/api/users/:id"};
  const auto rule = LabelRule::Make(options);
  ASSERT_TRUE(rule.has_value());
  std::string scratch;
  parse::LogRecord record;
  EXPECT_EQ(rule->Value(record, scratch), "");
  record.Set(Field::kRequest, "GET /api/users/9?x=y HTTP/1.1");
  EXPECT_EQ(rule->Value(record, scratch), "/api/users/:id");
  record.Set(Field::kUri, "/elsewhere");
  EXPECT_EQ(rule->Value(record, scratch), "other");
}

TEST(LabelRule, TakesAVariableThatTheParserWasAskedFor) {
  LabelRule::Options options;
  options.name = "tenant";
  options.source = {std::nullopt, 1};
  const auto rule = LabelRule::Make(options);
  ASSERT_TRUE(rule.has_value());
  parse::LogRecord record;
  record.SetExtra(1, "acme");
  std::string scratch;
  EXPECT_EQ(rule->Value(record, scratch), "acme");
}

TEST(LabelRule, SaysWhatIsWrong) {
  using Mappings = std::vector<LabelRule::Mapping>;
  const auto fault = [](const std::string& name, std::vector<std::string> routes = {}, Mappings map = {}) {
    const auto rule = LabelRule::Make({name, {}, std::move(routes), std::move(map), {}});
    return rule ? "" : rule.error().message();
  };
  EXPECT_EQ(fault("9lives"), "\"9lives\" is not a label's name");
  EXPECT_EQ(fault("pool"), "the label \"pool\" is there already");
  EXPECT_EQ(fault("__x"), "labels that begin with \"__\" are Prometheus' own");
  EXPECT_EQ(fault("x", {"/a"}, {{"a", false, "b"}}), "a label has routes or a map, not both");
  EXPECT_NE(fault("x", {}, {{"(", true, "b"}}).find("regex \"(\": missing )"), std::string::npos);
  EXPECT_EQ(fault("x", {}, {{"(a)", true, "$2"}}), "\"$2\" names a group that \"(a)\" does not have");
}

}  // namespace
}  // namespace tocsin::traffic
