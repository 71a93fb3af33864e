#include "exporter/errors/error_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::errors {
namespace {

using testing::HasSubstr;
using testing::Not;

const Timestamp kNow = Timestamp::FromMillis(1'700'000'000'000);
constexpr Duration kDay{24 * 60 * 60 * 1000};

parse::ErrorLine Line(parse::ErrorLevel level, parse::ErrorCategory category,
                      std::string_view upstream = {}) {
  parse::ErrorLine line;
  line.level = level;
  line.category = category;
  line.upstream = upstream;
  return line;
}

std::string PageOf(ErrorMetrics& metrics, Timestamp now = kNow) {
  std::string out;
  exposition::Writer writer(out, exposition::Format::kText);
  metrics.Write(writer, now);
  return out;
}

TEST(ErrorMetrics, SeriesThatAlertsAskForAreThereAtZero) {
  traffic::SeriesBudget budget(100);
  ErrorMetrics metrics(budget, kDay);
  const std::string page = PageOf(metrics);
  EXPECT_THAT(
      page, HasSubstr("nginx_error_log_messages_total{level=\"error\",category=\"no_live_upstreams\"} 0\n"));
  EXPECT_THAT(page, HasSubstr("nginx_error_log_messages_total{level=\"crit\",category=\"other\"} 0\n"));
  EXPECT_THAT(page, Not(HasSubstr("nginx_error_log_upstream_messages_total")));
}

TEST(ErrorMetrics, CountsByLevelCategoryAndServer) {
  traffic::SeriesBudget budget(100);
  ErrorMetrics metrics(budget, kDay);
  const auto refused =
      Line(parse::ErrorLevel::kError, parse::ErrorCategory::kConnectionRefused, "127.0.0.1:8081");
  metrics.Count(refused, "blue", kNow);
  metrics.Count(refused, "blue", kNow);
  metrics.Count(refused, "", kNow);
  metrics.Count(Line(parse::ErrorLevel::kInfo, parse::ErrorCategory::kClientClosed), "", kNow);
  const std::string page = PageOf(metrics);
  EXPECT_THAT(
      page, HasSubstr("nginx_error_log_messages_total{level=\"error\",category=\"connection_refused\"} 3\n"));
  EXPECT_THAT(page,
              HasSubstr("nginx_error_log_messages_total{level=\"info\",category=\"client_closed\"} 1\n"));
  EXPECT_THAT(page,
              HasSubstr("nginx_error_log_upstream_messages_total{upstream=\"127.0.0.1:8081\",pool=\"blue\","
                        "category=\"connection_refused\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("{upstream=\"127.0.0.1:8081\",category=\"connection_refused\"} 1\n"));
}

TEST(ErrorMetrics, ServersBeyondTheLimitAreFoldedAndIdleOnesDropped) {
  traffic::SeriesBudget budget(20);
  ErrorMetrics metrics(budget, kDay);
  for (int i = 0; i < 100; ++i) {
    const std::string address = "10.0.0." + std::to_string(i) + ":80";
    metrics.Count(Line(parse::ErrorLevel::kError, parse::ErrorCategory::kTimedOut, address), "", kNow);
  }
  EXPECT_THAT(PageOf(metrics), HasSubstr("{upstream=\"other\",pool=\"other\",category=\"other\"} 91\n"));
  EXPECT_EQ(budget.folded(), 91U);
  EXPECT_THAT(PageOf(metrics, kNow + kDay), HasSubstr("10.0.0.1:80"));
  EXPECT_THAT(PageOf(metrics, kNow + kDay + Duration{1}), Not(HasSubstr("10.0.0.1:80")));
  EXPECT_EQ(budget.used(), 12U);
}

TEST(ErrorMetrics, GoesOnAfterARestart) {
  traffic::SeriesBudget budget(20);
  ErrorMetrics metrics(budget, kDay);
  for (int i = 0; i < 15; ++i) {
    const std::string address = "10.0.0." + std::to_string(i) + ":80";
    metrics.Count(Line(parse::ErrorLevel::kCrit, parse::ErrorCategory::kSsl, address), "blue", kNow);
  }
  checkpoint::Writer saved;
  metrics.Save(saved);
  traffic::SeriesBudget second_budget(20);
  ErrorMetrics second(second_budget, kDay);
  checkpoint::Reader reader(saved.bytes());
  ASSERT_TRUE(second.Restore(reader).has_value());
  EXPECT_EQ(PageOf(second), PageOf(metrics));
  EXPECT_EQ(second_budget.used(), budget.used());
  checkpoint::Reader cut(std::string_view(saved.bytes()).substr(0, saved.bytes().size() / 2));
  EXPECT_FALSE(ErrorMetrics(second_budget, kDay).Restore(cut).has_value());
}

}  // namespace
}  // namespace tocsin::errors
