#include "backend/metrics.h"

#include <gmock/gmock.h>
#include <prometheus/text_serializer.h>

namespace tocsin::backend {
namespace {

using ::testing::HasSubstr;

TEST(MetricPrefix, IsTheServicesNameMadeFit) {
  EXPECT_EQ(MetricPrefix(""), "");
  EXPECT_EQ(MetricPrefix("service1"), "service1_");
  EXPECT_EQ(MetricPrefix("order-api"), "order_api_");
  EXPECT_EQ(MetricPrefix("2nd"), "_2nd_");
}

TEST(Metrics, CountsByMethodPathAndStatus) {
  Metrics metrics("service1", "green", "v2");
  metrics.Count("GET", "/", 200, std::chrono::milliseconds(3));
  metrics.Count("GET", "/", 200, std::chrono::milliseconds(3));
  metrics.SetDependency("redis", true);
  metrics.SetDependency("redis", false);
  const std::string text = prometheus::TextSerializer().Serialize(metrics.registry()->Collect());
  EXPECT_THAT(text, HasSubstr("service1_http_requests_total{method=\"GET\",path=\"/\",status=\"200\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("service1_http_request_duration_seconds_count{path=\"/\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("service1_http_request_duration_seconds_bucket{path=\"/\",le=\"0.001\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("service1_app_info{pool=\"green\",release=\"v2\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("service1_app_dependency_up{dependency=\"redis\"} 0\n"));
}

}  // namespace
}  // namespace tocsin::backend
