#include "alerting/collect/discovery/dns_discoverer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/async/fake_executor.h"
#include "tests/alerting/collect/fake_resolver.h"

namespace tocsin::collect {
namespace {

using testing::ElementsAre;

std::vector<std::string> Shown(const std::vector<TargetGroup>& groups) {
  std::vector<std::string> out;
  for (const TargetGroup& group : groups) {
    for (const model::Labels& target : group.targets) {
      out.push_back(target.ToString() + " " + group.labels.ToString());
    }
  }
  return out;
}

TEST(DnsTargets, HaveTheLabelsOfTheirRecords) {
  using dns::RecordType;
  EXPECT_THAT(Shown({DnsTargets("s", {.names = {}, .type = RecordType::kSrv}, {{"b.x", 9100}, {"a.x", 80}})}),
              ElementsAre(R"({__address__="a.x:80", __meta_dns_srv_record_port="80", )"
                          R"(__meta_dns_srv_record_target="a.x."} {__meta_dns_name="s"})",
                          R"({__address__="b.x:9100", __meta_dns_srv_record_port="9100", )"
                          R"(__meta_dns_srv_record_target="b.x."} {__meta_dns_name="s"})"));
  EXPECT_THAT(
      Shown({DnsTargets("n", {.names = {}, .type = RecordType::kMx, .port = 25}, {{"m.x"}})}),
      ElementsAre(R"({__address__="m.x:25", __meta_dns_mx_record_target="m.x."} {__meta_dns_name="n"})"));
  EXPECT_THAT(Shown({DnsTargets("n", {.names = {}, .type = RecordType::kAaaa, .port = 1}, {{"::1"}})}),
              ElementsAre(R"({__address__="[::1]:1"} {__meta_dns_name="n"})"));
}

TEST(DnsDiscoverer, KeepsWhatANameHadWhileItCantBeAskedFor) {
  async::FakeExecutor executor;
  FakeResolver resolver;
  std::vector<TargetGroup> known;
  int updates = 0;
  DnsDiscoverer discoverer({.names = {"a", "b"}, .type = dns::RecordType::kA, .port = 5}, resolver,
                           executor.MakeStrand(), Logger());
  resolver.records = {{"a", std::vector<dns::Record>{{"10.0.0.1"}}},
                      {"b", std::vector<dns::Record>{{"10.0.0.2"}}}};
  discoverer.Start([&](std::vector<TargetGroup> all) {
    known = std::move(all);
    ++updates;
  });
  executor.Run();
  EXPECT_THAT(Shown(known), ElementsAre(R"({__address__="10.0.0.1:5"} {__meta_dns_name="a"})",
                                        R"({__address__="10.0.0.2:5"} {__meta_dns_name="b"})"));
  resolver.records.erase("a");
  resolver.records.insert_or_assign("b", Fail(ErrorCode::kUnavailable, "no server"));
  executor.Advance(Duration(30'000));
  EXPECT_THAT(Shown(known), ElementsAre(R"({__address__="10.0.0.2:5"} {__meta_dns_name="b"})"));
  EXPECT_EQ(updates, 2);
  executor.Advance(Duration(30'000));
  EXPECT_EQ(updates, 2);
}

}  // namespace
}  // namespace tocsin::collect
