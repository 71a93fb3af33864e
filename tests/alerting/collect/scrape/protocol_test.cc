#include "alerting/collect/scrape/protocol.h"

#include <gtest/gtest.h>

namespace tocsin::collect {
namespace {

TEST(ScrapeProtocol, IsAskedForAsPrometheusDoes) {
  EXPECT_EQ(
      AcceptHeader(kDefaultProtocols, "allow-utf-8"),
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
      "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
      "text/plain;version=0.0.4;q=0.3,*/*;q=0.2");
  EXPECT_EQ(AcceptHeader({ScrapeProtocol::kText100, ScrapeProtocol::kOpenMetrics001}, "dots"),
            "text/plain;version=1.0.0;escaping=dots;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,*/"
            "*;q=0.4");
}

TEST(ScrapeProtocol, HasTheFormatsNames) {
  EXPECT_EQ(ParseScrapeProtocol("PrometheusText0.0.4"), ScrapeProtocol::kText004);
  EXPECT_EQ(ParseScrapeProtocol("OpenMetricsText1.0.0"), ScrapeProtocol::kOpenMetrics100);
  EXPECT_EQ(ParseScrapeProtocol("openmetricstext1.0.0"), std::nullopt);
}

}  // namespace
}  // namespace tocsin::collect
