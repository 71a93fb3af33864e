#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A line without its time, which differs from run to run.
std::string WithoutTime(std::string_view line) {
  size_t level = line.find("level");
  return std::string(line.substr(line[0] == '{' ? level - 1 : level));
}

struct Capture {
  std::vector<std::string> lines;
  Logger Make(LogLevel level, LogFormat format) {
    return Logger::ToSink(level, format,
                          [this](std::string_view line) { lines.push_back(WithoutTime(line)); });
  }
};

TEST(Logger, WritesLogfmtWithQuotesOnlyWhereNeeded) {
  Capture capture;
  Logger log = capture.Make(LogLevel::kInfo, LogFormat::kLogfmt);
  log.Info("Listening on", {{"address", "127.0.0.1:9113"}, {"tls", false}, {"port", 9113}});
  log.Warn("odd", {{"text", "a \"b\"\n"}, {"empty", ""}});
  EXPECT_THAT(capture.lines,
              ElementsAre("level=info msg=\"Listening on\" address=127.0.0.1:9113 tls=false port=9113",
                          "level=warn msg=odd text=\"a \\\"b\\\"\\n\" empty=\"\""));
}

TEST(Logger, WritesJsonWithBareNumbers) {
  Capture capture;
  capture.Make(LogLevel::kInfo, LogFormat::kJson).Info("hi", {{"n", 3}, {"f", 0.5}, {"s", "x\"y"}});
  EXPECT_THAT(capture.lines,
              ElementsAre("\"level\":\"info\",\"msg\":\"hi\",\"n\":3,\"f\":0.5,\"s\":\"x\\\"y\"}"));
}

TEST(Logger, CarriesContextOnEachLine) {
  Capture capture;
  Logger log = capture.Make(LogLevel::kInfo, LogFormat::kLogfmt).With({{"component", "scrape"}});
  log.With({{"target", "t"}}).Error("down", {{"err", Error(ErrorCode::kUnavailable, "refused")}});
  EXPECT_THAT(capture.lines, ElementsAre("level=error component=scrape target=t msg=down err=refused"));
}

TEST(Logger, DropsLinesBelowItsLevelAndAllOfADefaultOne) {
  Capture capture;
  Logger log = capture.Make(LogLevel::kWarn, LogFormat::kLogfmt);
  log.Info("quiet");
  log.Error("loud");
  EXPECT_THAT(capture.lines, ElementsAre(HasSubstr("loud")));
  EXPECT_FALSE(Logger().enabled(LogLevel::kError));
  Logger().With({{"a", 1}}).Error("nowhere");
}

TEST(LogLevel, NamesTheChoicesWhenUnknown) {
  EXPECT_EQ(ParseLogLevel("debug"), LogLevel::kDebug);
  EXPECT_THAT(ParseLogLevel("loud").error().message(), HasSubstr("debug, info, warn, error"));
  EXPECT_THAT(ParseLogFormat("xml").error().message(), HasSubstr("logfmt, json"));
}

}  // namespace
}  // namespace tocsin
