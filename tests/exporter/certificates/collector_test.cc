#include "exporter/certificates/collector.h"

#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/async/fake_executor.h"

namespace tocsin::certificates {
namespace {

using testing::HasSubstr;
using testing::Not;

class CollectorTest : public testing::Test {
 protected:
  Result<std::shared_ptr<Collector>> Make(std::vector<std::string> addresses) {
    Options options;
    options.addresses = std::move(addresses);
    options.interval = Duration{1000};
    return Collector::Make(
        options, [this](const Address& /*address*/, Done done) { looks_.push_back(std::move(done)); },
        executor_, Logger());
  }
  static std::string Page(const Collector& collector) {
    std::string out;
    exposition::Writer writer(out, exposition::Format::kText);
    collector.Write(writer);
    return out;
  }

  async::FakeExecutor executor_;
  std::vector<Done> looks_;
};

TEST_F(CollectorTest, ShowsWhatWasServedAndKeepsItWhileTheServerIsAway) {
  const auto collector = Make({"127.0.0.1:443/a.example"});
  ASSERT_TRUE(collector.has_value());
  EXPECT_EQ(Page(**collector), "");
  (*collector)->Start();
  executor_.Run();
  ASSERT_EQ(looks_.size(), 1U);
  looks_[0](Served{Timestamp::FromMillis(1'799'999'999'000), "CN=Fake CA", "0A"});
  const std::string labels = "address=\"127.0.0.1:443\",server_name=\"a.example\"";
  EXPECT_THAT(Page(**collector), HasSubstr("nginx_certificate_probe_success{" + labels + "} 1\n"));
  EXPECT_THAT(Page(**collector),
              HasSubstr("nginx_certificate_not_after_timestamp_seconds{" + labels + "} 1799999999\n"));
  EXPECT_THAT(Page(**collector),
              HasSubstr("nginx_certificate_info{" + labels + ",issuer=\"CN=Fake CA\",serial=\"0A\"} 1\n"));

  executor_.Advance(Duration{1000});
  ASSERT_EQ(looks_.size(), 2U);
  looks_[1](Fail(ErrorCode::kUnavailable, "connection refused"));
  EXPECT_THAT(Page(**collector), HasSubstr("nginx_certificate_probe_success{" + labels + "} 0\n"));
  EXPECT_THAT(Page(**collector),
              HasSubstr("nginx_certificate_not_after_timestamp_seconds{" + labels + "} 1799999999\n"));
}

TEST_F(CollectorTest, NeverReachedHasNoDate) {
  const auto collector = Make({"127.0.0.1:443"});
  ASSERT_TRUE(collector.has_value());
  (*collector)->Start();
  executor_.Run();
  looks_.at(0)(Fail(ErrorCode::kTimeout, "no handshake within the time limit"));
  EXPECT_THAT(Page(**collector), HasSubstr("probe_success{address=\"127.0.0.1:443\",server_name=\"\"} 0\n"));
  EXPECT_THAT(Page(**collector), Not(HasSubstr("not_after")));
}

TEST_F(CollectorTest, EndsWithItsOwnerAndNotBefore) {
  auto collector = Make({"127.0.0.1:443"});
  ASSERT_TRUE(collector.has_value());
  (*collector)->Start();
  executor_.Run();
  collector->reset();
  looks_.at(0)(Fail(ErrorCode::kTimeout, "late"));
  executor_.Advance(Duration{5000});
  EXPECT_EQ(looks_.size(), 1U);
}

TEST_F(CollectorTest, RefusesWhatIsNoAddressAndTheSameTwice) {
  const auto none = Make({"example.org"});
  ASSERT_FALSE(none.has_value());
  EXPECT_THAT(none.error().ToString(), HasSubstr("--nginx.certificate"));
  const auto twice = Make({"a.example:443", "a.example:443/a.example"});
  ASSERT_FALSE(twice.has_value());
  EXPECT_THAT(twice.error().message(), HasSubstr("twice"));
}

}  // namespace
}  // namespace tocsin::certificates
