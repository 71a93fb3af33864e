#include "alerting/collect/discovery/docker_discoverer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/async/fake_executor.h"
#include "tests/alerting/collect/fake_client.h"

namespace tocsin::collect {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kNetworks =
    R"([{"Id":"n1","Name":"front","Scope":"local","Internal":false,"Ingress":false,"Labels":{"a.b":"c"}},)"
    R"({"Id":"n2","Name":"back","Scope":"local","Internal":true,"Ingress":false,"Labels":{}}])";

constexpr std::string_view kWeb =
    R"({"Id":"c1","Names":["/web"],"Labels":{"com.x/y":"z"},"HostConfig":{"NetworkMode":"front"},)"
    R"("Ports":[{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"},{"PrivatePort":53,"Type":"udp"}],)"
    R"("NetworkSettings":{"Networks":{"front":{"NetworkID":"n1","IPAddress":"10.1.0.2"},)"
    R"("back":{"NetworkID":"n2","IPAddress":"10.2.0.2"}}}})";

std::vector<std::string> Targets(std::string_view containers, const DockerDiscoveryOptions& options = {}) {
  const auto group = DockerTargets(containers, kNetworks, options);
  if (!group) return {group.error().ToString()};
  std::vector<std::string> out;
  for (const model::Labels& target : group->targets) out.push_back(target.ToString());
  return out;
}

std::vector<std::string> Addresses(std::string_view containers, const DockerDiscoveryOptions& options = {}) {
  const TargetGroup group = DockerTargets(containers, kNetworks, options).value();
  std::vector<std::string> out;
  out.reserve(group.targets.size());
  for (const model::Labels& target : group.targets) out.emplace_back(target.Get("__address__"));
  return out;
}

TEST(DockerTargets, AreThePortsOfTheFirstNetwork) {
  EXPECT_THAT(
      Targets("[" + std::string(kWeb) + "]"),
      ElementsAre(
          R"({__address__="10.2.0.2:80", __meta_docker_container_id="c1", __meta_docker_container_label_com_x_y="z", )"
          R"(__meta_docker_container_name="/web", __meta_docker_container_network_mode="front", )"
          R"(__meta_docker_network_id="n2", __meta_docker_network_ingress="false", )"
          R"(__meta_docker_network_internal="true", __meta_docker_network_ip="10.2.0.2", )"
          R"(__meta_docker_network_name="back", __meta_docker_network_scope="local", )"
          R"(__meta_docker_port_private="80", __meta_docker_port_public="8080", )"
          R"(__meta_docker_port_public_ip="0.0.0.0"})"));
}

TEST(DockerTargets, MayBeThoseOfEveryNetwork) {
  EXPECT_THAT(Addresses("[" + std::string(kWeb) + "]", {.match_first_network = false}),
              ElementsAre("10.2.0.2:80", "10.1.0.2:80"));
}

TEST(DockerTargets, WithoutATcpPortTakeTheConfiguredOne) {
  const std::string quiet =
      R"([{"Id":"c2","Names":["/q"],"HostConfig":{"NetworkMode":"front"},"Ports":[],)"
      R"("NetworkSettings":{"Networks":{"front":{"NetworkID":"n1","IPAddress":"10.1.0.3"}}}}])";
  EXPECT_THAT(Addresses(quiet), ElementsAre("10.1.0.3:80"));
  EXPECT_THAT(Addresses(quiet, {.port = 9100}), ElementsAre("10.1.0.3:9100"));
  const std::string host = R"([{"Id":"c3","Names":["/h"],"HostConfig":{"NetworkMode":"host"},)"
                           R"("NetworkSettings":{"Networks":{"host":{"NetworkID":"n9","IPAddress":""}}}}])";
  EXPECT_THAT(Addresses(host, {.host_networking_host = "me"}), ElementsAre("me"));
}

TEST(DockerTargets, OfASharedNetworkHaveItsAddresses) {
  const std::string sharing =
      R"({"Id":"c4","Names":["/side"],"HostConfig":{"NetworkMode":"container:c1"},)"
      R"("Ports":[{"PrivatePort":9,"Type":"tcp"}],"NetworkSettings":{"Networks":{}}})";
  EXPECT_THAT(Addresses("[" + std::string(kWeb) + "," + sharing + "]"),
              ElementsAre("10.2.0.2:80", "10.2.0.2:9"));
  const std::string circle = R"([{"Id":"a","Names":["/a"],"HostConfig":{"NetworkMode":"container:b"}},)"
                             R"({"Id":"b","Names":["/b"],"HostConfig":{"NetworkMode":"container:a"}},)"
                             R"({"Id":"c","Names":["/c"],"HostConfig":{"NetworkMode":"container:gone"}}])";
  EXPECT_THAT(Addresses(circle), IsEmpty());
}

TEST(DockerTargets, RefuseWhatIsNotTheEnginesApi) {
  EXPECT_THAT(Targets("{}"), ElementsAre("the engine's list of containers is no JSON list"));
  EXPECT_THAT(Targets(R"([{"Names":["/a"]}])"),
              ElementsAre("an entry of the engine's list of containers has no Id"));
  EXPECT_THAT(Targets(R"([{"Id":"a"}])"), IsEmpty());
  EXPECT_THAT(
      Targets(R"([{"Id":"a","Names":["/a"],"Labels":7,"Ports":{},"NetworkSettings":{"Networks":[]}}])"),
      IsEmpty());
}

TEST(DockerDiscoverer, AsksTheEngineForContainersAndNetworks) {
  async::FakeExecutor executor;
  FakeClient client;
  size_t targets = 0;
  DockerDiscoverer discoverer({.host = "unix:///run/d.sock", .filters = {{"name", {"web"}}}, .transport = {}},
                              client, executor.MakeStrand(), Logger());
  discoverer.Start([&](const std::vector<TargetGroup>& all) { targets = all.at(0).targets.size(); });
  executor.Run();
  EXPECT_EQ(client.last_request.unix_socket, "/run/d.sock");
  EXPECT_EQ(client.last_request.url,
            "http://localhost/containers/json?filters=%7B%22name%22%3A%5B%22web%22%5D%7D");
  client.AnswerAll(FakeClient::Text("[" + std::string(kWeb) + "]"));
  executor.Run();
  EXPECT_EQ(client.last_request.url, "http://localhost/networks");
  client.AnswerAll(FakeClient::Text(std::string(kNetworks)));
  executor.Run();
  EXPECT_EQ(targets, 1U);
  executor.Advance(Duration(60'000));
  client.AnswerAll(FakeClient::Text("no", 500));
  executor.Run();
  EXPECT_EQ(targets, 1U);
}

}  // namespace
}  // namespace tocsin::collect
