#include "exporter/access_logs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/once.h"
#include "tests/exporter/tail/scratch_folder.h"

namespace tocsin::exporter {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Line(const std::string& time, int status) {
  return R"({"time":")" + time + R"(","request":"GET / HTTP/1.1","status":")" + std::to_string(status) +
         "\"}\n";
}

Options OptionsFor(const std::string& path) {
  Options options;
  options.access_logs = {path};
  return options;
}

TEST(Once, CountsAFileToItsEndAndSaysWhatWasWrong) {
  const tail::ScratchFolder folder;
  const std::string path = folder / "access.log";
  tail::Append(path, Line("2025-10-30T21:00:00Z", 200));
  tail::Append(path,
               "\nnot JSON\n{\"request_time\":,\"status\":200}\n{\"status\":200,\"request_time\":\"x\"}\n");
  tail::Append(path, std::string(tail::LineBuffer::kMaxLineBytes + 1, 'x'));
  tail::Append(path, "\n");
  tail::Append(path, R"({"status":404})");
  const auto page = RunOnce(OptionsFor(path), Logger());
  ASSERT_TRUE(page.has_value());
  const std::string file = "{file=\"" + path + "\"";
  EXPECT_THAT(*page, HasSubstr("nginx_log_lines_total" + file + "} 7\n"));
  for (const char* reason : {"empty_line", "not_json", "empty_value", "bad_number", "too_long"}) {
    EXPECT_THAT(*page, HasSubstr("nginx_log_parse_errors_total" + file + ",reason=\"" + reason + "\"} 1\n"));
  }
  EXPECT_THAT(*page, HasSubstr("nginx_log_parse_errors_total" + file + ",reason=\"syntax\"} 0\n"));
  EXPECT_THAT(*page, HasSubstr("nginx_access_requests_total{method=\"other\",status=\"404\"} 1\n"));
}

TEST(Once, DatesRequestsByTheirLines) {
  const tail::ScratchFolder folder;
  const std::string path = folder / "access.log";
  for (int i = 0; i < 30; ++i) tail::Append(path, Line("2025-10-30T21:00:00Z", 500));
  for (int i = 0; i < 25; ++i) tail::Append(path, Line("2025-10-30T21:06:00Z", 200));
  const auto page = RunOnce(OptionsFor(path), Logger());
  ASSERT_TRUE(page.has_value());
  EXPECT_THAT(*page, HasSubstr("nginx_error_window_requests 25\n"));
  EXPECT_THAT(*page, HasSubstr("nginx_error_window_ratio 0\n"));
}

TEST(Once, SaysWhatItCannotRead) {
  const tail::ScratchFolder folder;
  const auto missing = RunOnce(OptionsFor(folder / "missing.log"), Logger());
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message(), HasSubstr("missing.log"));
  EXPECT_FALSE(RunOnce(Options{}, Logger()).has_value());
  Options unknown = OptionsFor(folder / "missing.log");
  unknown.log_format = "no_such";
  EXPECT_EQ(RunOnce(unknown, Logger()).error().code(), ErrorCode::kInvalidArgument);
}

TEST(AccessLogs, DatesFollowedLinesByTheirArrival) {
  FakeClock clock;
  AccessLogs logs(parse::ParserFactory::Make("json").value(), {}, Dating::kByArrival, clock, Logger());
  logs.Add("a.log");
  const std::string old = R"({"time":"2001-01-01T00:00:00Z","status":"500"})";
  for (int i = 0; i < 20; ++i) {
    const std::string_view line = old;
    logs.Count(0, {&line, 1});
  }
  const auto page = [&] {
    std::string out;
    exposition::Writer writer(out, exposition::Format::kText);
    logs.Write(writer, {});
    return out;
  };
  EXPECT_THAT(page(), HasSubstr("nginx_error_window_ratio 1\n"));
  clock.Advance(traffic::ErrorWindow::kMaxAge + Duration{1});
  EXPECT_THAT(page(), Not(HasSubstr("nginx_error_window_ratio")));
}

}  // namespace
}  // namespace tocsin::exporter
