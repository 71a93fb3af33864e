#include "exporter/traffic/route_table.h"

#include <gtest/gtest.h>

namespace tocsin::traffic {
namespace {

std::string Route(const std::vector<std::string>& templates, std::string_view path) {
  const auto table = RouteTable::Make(templates);
  EXPECT_TRUE(table.has_value());
  return std::string(table->Match(path).value_or("none"));
}

TEST(RouteTable, ParametersStandForOneSegment) {
  const std::vector<std::string> templates = {"/api/users/:id", "/api/users/:id/orders/:order", "/"};
  EXPECT_EQ(Route(templates, "/api/users/17"), "/api/users/:id");
  EXPECT_EQ(Route(templates, "/api/users/17/orders/a%20b"), "/api/users/:id/orders/:order");
  EXPECT_EQ(Route(templates, "/"), "/");
  for (const char* path : {"/api/users", "/api/users/", "/api/users/17/", "/api/users/17/orders", "//", "",
                           "api/users/17", "http://x/api/users/17"}) {
    EXPECT_EQ(Route(templates, path), "none") << path;
  }
}

TEST(RouteTable, TheQueryStringIsNoPartOfThePath) {
  EXPECT_EQ(Route({"/api/users/:id"}, "/api/users/17?next=/a/b"), "/api/users/:id");
  EXPECT_EQ(Route({"/api"}, "/api#top"), "/api");
}

TEST(RouteTable, TheMostLiteralTemplateWinsWhateverTheOrder) {
  const std::vector<std::string> templates = {"/*", "/api/:any", "/api/version", "/api/*", "/:a/x"};
  EXPECT_EQ(Route(templates, "/api/version"), "/api/version");
  EXPECT_EQ(Route(templates, "/api/health"), "/api/:any");
  EXPECT_EQ(Route(templates, "/api/a/b"), "/api/*");
  EXPECT_EQ(Route(templates, "/api/"), "/api/*");
  EXPECT_EQ(Route(templates, "/shop/x"), "/:a/x");
  EXPECT_EQ(Route(templates, "/shop/y"), "/*");
}

TEST(RouteTable, ALiteralSegmentThatLeadsNowhereIsGivenUp) {
  EXPECT_EQ(Route({"/a/b/c", "/a/:x/d"}, "/a/b/d"), "/a/:x/d");
}

TEST(RouteTable, RefusesWhatIsNoTemplate) {
  for (const std::vector<std::string>& bad : std::vector<std::vector<std::string>>{
           {"api"}, {"/a/*/b"}, {"/:"}, {"/a/:x", "/a/:y"}, {"/a", "/a"}, {"/a/*", "/a/*"}}) {
    EXPECT_FALSE(RouteTable::Make(bad).has_value()) << bad.back();
  }
}

}  // namespace
}  // namespace tocsin::traffic
