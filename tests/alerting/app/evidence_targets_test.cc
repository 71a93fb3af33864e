#include "alerting/evidence_targets.h"

#include <gmock/gmock.h>

namespace tocsin::app {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class EvidenceTargetsTest : public ::testing::Test {
 protected:
  EvidenceTargetsTest() {
    jobs_ = {Job("exporter", {"a:9113", "b:9113"}), Job("node", {"a:9100"})};
    collect::ScrapeOptions options;
    for (const auto& job : jobs_) {
      options.jobs.emplace_back();
      options.jobs.back().job_name = job.job_name;
    }
    options.jobs[0].transport.authorization = collect::TransportOptions::Authorization{};
    options.jobs[0].transport.authorization->credentials.value = Secret("token");
    targets_.Apply(options);
  }
  static collect::JobSnapshot Job(const std::string& name, const std::vector<std::string>& addresses) {
    collect::JobSnapshot job;
    job.job_name = name;
    for (const std::string& address : addresses) {
      collect::TargetSnapshot active;
      active.target.labels = {{"job", name}, {"instance", address}};
      active.target.url = "http://" + address + "/metrics?x=1";
      active.status.health = collect::Health::kUp;
      job.active.push_back(std::move(active));
    }
    return job;
  }
  static model::Alert Of(model::Labels labels) {
    model::Alert alert;
    alert.labels = std::move(labels);
    alert.generator_url = "http://evil.example/";
    return alert;
  }

  std::vector<collect::JobSnapshot> jobs_;
  EvidenceTargets targets_{[this] { return jobs_; }};
};

TEST_F(EvidenceTargetsTest, AnAlertOfOneTargetAsksThatOneWithTheJobsCredentials) {
  const auto requests = targets_.For(Of({{"job", "exporter"}, {"instance", "b:9113"}}));
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(requests[0].url, "http://b:9113/evidence");
  EXPECT_EQ(requests[0].headers.Get("Authorization"), "Bearer token");
}

TEST_F(EvidenceTargetsTest, AnotherAlertAsksAllThatAreUp) {
  jobs_[0].active[0].status.health = collect::Health::kDown;
  EXPECT_THAT(targets_.For(Of({{"pool", "green"}})), SizeIs(2));
  EXPECT_THAT(targets_.For(Of({{"job", "exporter"}, {"instance", "evil.example:80"}})), SizeIs(2));
}

TEST_F(EvidenceTargetsTest, NobodyElseIsAsked) {
  jobs_.clear();
  EXPECT_THAT(targets_.For(Of({{"instance", "evil.example:80"}})), IsEmpty());
}

}  // namespace
}  // namespace tocsin::app
