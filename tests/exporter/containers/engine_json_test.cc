#include "exporter/containers/engine_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::containers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(ParseContainer, ReadsWhatDockerSays) {
  const auto container = ParseContainer(R"({
    "Id": "63ba", "Name": "/web-1", "RestartCount": 2,
    "State": {"Status": "running", "Running": true, "OOMKilled": false, "Pid": 10288, "ExitCode": 0,
              "StartedAt": "2026-11-21T09:41:49.389584429Z", "Health": {"Status": "unhealthy", "FailingStreak": 4}},
    "Config": {"Image": "nginx:1", "Labels": {"com.docker.compose.service": "web", "odd": 7}},
    "HostConfig": {"RestartPolicy": {"Name": "unless-stopped"}, "NetworkMode": "shop_default", "CgroupParent": "/x"},
    "NetworkSettings": {"Networks": {"shop_default": {"IPAddress": "172.18.0.2", "GlobalIPv6Address": "fd00::2"}},
      "Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::1", "HostPort": "8080"}],
                "53/udp": [{"HostIp": "", "HostPort": "53"}], "81/tcp": null}}})");
  ASSERT_TRUE(container.has_value());
  EXPECT_EQ(container->id, "63ba");
  EXPECT_EQ(container->name, "web-1");
  EXPECT_EQ(container->image, "nginx:1");
  EXPECT_THAT(container->labels, ElementsAre(Pair("com.docker.compose.service", "web")));
  EXPECT_EQ(container->state, State::kRunning);
  EXPECT_EQ(container->health, Health::kUnhealthy);
  EXPECT_EQ(container->pid, 10288U);
  EXPECT_EQ(container->restart_count, 2U);
  EXPECT_DOUBLE_EQ(container->started_seconds, 1795254109.389);
  EXPECT_EQ(container->restart_policy, "unless-stopped");
  EXPECT_EQ(container->cgroup_parent, "/x");
  EXPECT_THAT(container->networks, ElementsAre("shop_default"));
  EXPECT_THAT(container->addresses, ElementsAre("172.18.0.2", "fd00::2"));
  EXPECT_THAT(container->published, ElementsAre(":8080", "[::1]:8080"));
  EXPECT_TRUE(container->is_service());
}

TEST(ParseContainer, KnowsOneThatNeverRan) {
  const auto container =
      ParseContainer(R"({"Id":"x","State":{"Status":"created","StartedAt":"0001-01-01T00:00:00Z"}})");
  ASSERT_TRUE(container.has_value());
  EXPECT_TRUE(container->never_ran());
  EXPECT_EQ(container->health, Health::kNone);
  EXPECT_FALSE(container->is_service());
}

TEST(ParseContainer, KnowsPodmansStates) {
  EXPECT_EQ(ParseContainer(R"({"Id":"x","State":{"Status":"stopped"}})")->state, State::kExited);
  EXPECT_EQ(ParseContainer(R"({"Id":"x","State":{"Status":"configured"}})")->state, State::kCreated);
}

TEST(ParseContainer, TakesWhatIsOddForMissing) {
  const auto container = ParseContainer(
      R"({"Id":"x","Name":7,"State":"running","Config":[],"HostConfig":null,"RestartCount":-3,
          "NetworkSettings":{"Networks":"none","Ports":[1]}})");
  ASSERT_TRUE(container.has_value());
  EXPECT_EQ(container->name, "");
  EXPECT_EQ(container->restart_count, 0U);
  EXPECT_THAT(container->networks, IsEmpty());
  for (const char* bad : {"", "{", "[]", "{}", R"({"Id":""})", R"({"Id":7})", "null", "\xff"}) {
    EXPECT_FALSE(ParseContainer(bad).has_value()) << bad;
  }
}

TEST(ParseContainer, TellsOneOffRunsFromServices) {
  const auto container = ParseContainer(
      R"({"Id":"x","Config":{"Labels":{"com.docker.compose.service":"web","com.docker.compose.oneoff":"True"}}})");
  EXPECT_FALSE(container->is_service());
}

TEST(ParseLists, GiveNames) {
  EXPECT_THAT(*ParseContainerList(R"([{"Id":"a","Names":["/x"]},{"No":1},7,{"Id":"b"}])"),
              ElementsAre("a", "b"));
  EXPECT_THAT(*ParseNetworkList(R"([{"Name":"bridge"}])"), ElementsAre("bridge"));
  EXPECT_FALSE(ParseContainerList(R"({"message":"no"})").has_value());
}

TEST(ParseEvent, ReadsContainersAndNetworks) {
  const auto event = ParseEvent(
      R"({"status":"die","id":"6d","Type":"container","Action":"die","Actor":{"ID":"6d","Attributes":{"name":"ev"}}})");
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->type, "container");
  EXPECT_EQ(event->action, "die");
  EXPECT_EQ(event->id, "6d");
  EXPECT_EQ(event->name, "ev");
  EXPECT_FALSE(ParseEvent(R"({"message":"no"})").has_value());
  EXPECT_FALSE(ParseEvent("{\"Type\":\"cont").has_value());
}

}  // namespace
}  // namespace tocsin::containers
