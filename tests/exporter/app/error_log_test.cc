// Error logs beside access logs: counted, their servers' pools learned from the access log, and kept in the
// checkpoint; and the notable lines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/access_logs.h"
#include "exporter/once.h"
#include "tests/exporter/tail/scratch_folder.h"

namespace tocsin::exporter {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kAccess =
    R"({"request":"GET /a?token=secret HTTP/1.1","status":200,"upstream_addr":"10.0.0.1:80, 10.0.0.2:80",)"
    R"("upstream_status":"502, 200","request_time":"1.5","pool":"green"})";
constexpr std::string_view kRefused =
    "2026/11/20 20:13:00 [error] 31#31: *17 connect() failed (111: Connection refused) while connecting to "
    "upstream, client: 192.0.2.1, server: _, request: \"GET /a HTTP/1.1\", upstream: "
    "\"http://10.0.0.2:80/a\"";

class LogsTest : public testing::Test {
 protected:
  static AccessLogs Make(const Clock& clock) {
    return {*parse::ParserFactory::Make("json"), {}, Dating::kByArrival, clock, Logger()};
  }
  static void Count(AccessLogs& logs, size_t log, std::string_view line) { logs.Count(log, {&line, 1}); }
  static std::string PageOf(AccessLogs& logs) {
    std::string out;
    exposition::Writer writer(out, exposition::Format::kText);
    logs.Write(writer, {});
    return out;
  }

  FakeClock clock_;
};

TEST_F(LogsTest, ErrorsHaveThePoolOfTheirServer) {
  AccessLogs logs = Make(clock_);
  const size_t access = logs.Add("access.log");
  const size_t errors = logs.AddErrorLog("error.log");
  Count(logs, access, kAccess);
  Count(logs, errors, "a trace of a message that was not seen");
  Count(logs, errors, kRefused);
  Count(logs, errors, "  its second line");
  const std::string page = PageOf(logs);
  EXPECT_THAT(
      page, HasSubstr("nginx_error_log_messages_total{level=\"error\",category=\"connection_refused\"} 1\n"));
  EXPECT_THAT(page,
              HasSubstr("nginx_error_log_upstream_messages_total{upstream=\"10.0.0.2:80\",pool=\"green\","
                        "category=\"connection_refused\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("nginx_log_lines_total{file=\"error.log\"} 3\n"));
  EXPECT_THAT(page, HasSubstr("nginx_log_parse_errors_total{file=\"error.log\",reason=\"mismatch\"} 1\n"));
}

TEST_F(LogsTest, TheErrorLogsCountsSurviveARestart) {
  AccessLogs first = Make(clock_);
  const size_t errors = first.AddErrorLog("error.log");
  Count(first, errors, kRefused);
  checkpoint::Writer saved;
  first.Save(saved);
  AccessLogs second = Make(clock_);
  checkpoint::Reader reader(saved.bytes());
  ASSERT_TRUE(second.Restore(reader).has_value());
  Count(second, second.AddErrorLog("error.log"), "goes on");
  Count(second, second.AddErrorLog("error.log"), kRefused);
  const std::string page = PageOf(second);
  EXPECT_THAT(page, HasSubstr("{level=\"error\",category=\"connection_refused\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("nginx_log_lines_total{file=\"error.log\"} 3\n"));
  EXPECT_THAT(page, HasSubstr("nginx_log_parse_errors_total{file=\"error.log\",reason=\"mismatch\"} 0\n"));
}

TEST_F(LogsTest, AnErrorLogAloneHasNoTraffic) {
  const tail::ScratchFolder folder;
  tail::Append(folder / "error.log", std::string(kRefused) + "\n");
  Options options;
  options.error_logs = {folder / "*.log"};
  const auto page = RunOnce(options, Logger());
  ASSERT_TRUE(page.has_value()) << page.error().ToString();
  EXPECT_THAT(*page, HasSubstr("{level=\"error\",category=\"connection_refused\"} 1\n"));
  EXPECT_THAT(*page, Not(HasSubstr("nginx_error_window_requests")));
}

TEST_F(LogsTest, NotableLinesAreKeptWhenAskedFor) {
  AccessLogs logs = Make(clock_);
  EXPECT_EQ(logs.evidence(), nullptr);
  logs.KeepEvidence({});
  const size_t access = logs.Add("access.log");
  Count(logs, access, R"({"request":"GET / HTTP/1.1","status":200,"pool":"blue"})");
  Count(logs, access, kAccess);
  const auto kept = logs.evidence()->Find({}, {}, 10);
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0]->pool, "green");
  EXPECT_TRUE(kept[0]->classes.Has(evidence::Class::kError));
  EXPECT_TRUE(kept[0]->classes.Has(evidence::Class::kRetry));
  EXPECT_TRUE(kept[0]->classes.Has(evidence::Class::kSlow));
  EXPECT_FALSE(kept[0]->classes.Has(evidence::Class::kFailover));
  EXPECT_THAT(kept[0]->line, HasSubstr("\"GET /a HTTP/1.1\""));
}

}  // namespace
}  // namespace tocsin::exporter
