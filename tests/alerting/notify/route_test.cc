#include "alerting/notify/dispatch/route.h"

#include <gmock/gmock.h>

#include "alerting/model/matcher_syntax.h"

namespace tocsin::notify {
namespace {

using ::testing::ElementsAre;

RouteOptions Node(std::string receiver, std::string_view matchers, bool keep_going = false) {
  RouteOptions node;
  node.receiver = std::move(receiver);
  node.matchers = *model::ParseMatchers(matchers);
  node.keep_going = keep_going;
  return node;
}

std::vector<std::string> ReceiversOf(const Route& root, const model::Labels& labels) {
  std::vector<std::string> names;
  for (const Route* route : root.Match(labels)) names.push_back(route->receiver());
  return names;
}

TEST(Route, DeepestMatchTakesTheAlertAndTheFirstSiblingWins) {
  RouteOptions root = Node("default", "");
  root.routes = {Node("web", "service=web"), Node("late", "service=~\".*\"")};
  root.routes[0].routes = {Node("web-critical", "severity=critical")};
  auto route = Route::Make(root);
  EXPECT_THAT(ReceiversOf(*route, {{"service", "web"}, {"severity", "critical"}}),
              ElementsAre("web-critical"));
  EXPECT_THAT(ReceiversOf(*route, {{"service", "web"}}), ElementsAre("web"));
  EXPECT_THAT(ReceiversOf(*route, {{"service", "db"}}), ElementsAre("late"));
}

TEST(Route, RootTakesWhatNoChildTakes) {
  RouteOptions root = Node("default", "");
  root.routes = {Node("web", "service=web")};
  EXPECT_THAT(ReceiversOf(*Route::Make(root), {{"service", "db"}}), ElementsAre("default"));
}

TEST(Route, ContinueAsksTheNextSiblings) {
  RouteOptions root = Node("default", "");
  root.routes = {Node("audit", "", true), Node("web", "service=web"), Node("never", "service=web")};
  auto route = Route::Make(root);
  EXPECT_THAT(ReceiversOf(*route, {{"service", "web"}}), ElementsAre("audit", "web"));
  EXPECT_THAT(ReceiversOf(*route, {{"service", "db"}}), ElementsAre("audit"));
}

TEST(Route, OptionsAreInherited) {
  RouteOptions root = Node("default", "");
  root.group_by = {"alertname"};
  root.group_wait = Duration(1000);
  root.routes = {Node("", "a=b")};
  root.routes[0].repeat_interval = Duration(7000);
  root.routes[0].routes = {Node("other", "c=~d")};
  root.routes[0].routes[0].group_by_all = true;
  auto route = Route::Make(root);
  const Route& middle = *route->Match({{"a", "b"}, {"alertname", "X"}}).front();
  EXPECT_EQ(middle.receiver(), "default");
  EXPECT_EQ(middle.group_wait(), Duration(1000));
  EXPECT_EQ(middle.group_interval(), Duration(300'000));
  EXPECT_EQ(middle.repeat_interval(), Duration(7000));
  EXPECT_EQ(middle.GroupLabels({{"a", "b"}, {"alertname", "X"}}), (model::Labels{{"alertname", "X"}}));
  model::Labels all{{"a", "b"}, {"c", "d"}};
  const Route& leaf = *route->Match(all).front();
  EXPECT_EQ(leaf.key(), "{}/{a=\"b\"}/{c=~\"d\"}");
  EXPECT_EQ(leaf.GroupLabels(all), all);
  EXPECT_EQ(leaf.repeat_interval(), Duration(7000));
}

}  // namespace
}  // namespace tocsin::notify
