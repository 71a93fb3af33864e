#include "alerting/commands/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::app {
namespace {

CommandLine Parse(std::vector<const char*> words) {
  words.insert(words.begin(), "tocsin");
  return ParseCommandLine(static_cast<int>(words.size()), words.data());
}

TEST(TocsinCommandLine, ReadsServeFlags) {
  CommandLine line = Parse({"serve", "--config.file=p.yml", "--notify.config-file=a.yml", "--rules.file=x",
                            "--rules.file=y", "--web.listen-address=127.0.0.1:1", "--web.config.file=w.yml",
                            "--config.unsupported=warn", "--storage.retention=1h"});
  ASSERT_FALSE(line.exit_code);
  EXPECT_EQ(line.command, Command::kServe);
  EXPECT_EQ(line.serve.files.prometheus, "p.yml");
  EXPECT_EQ(line.serve.files.alertmanager, "a.yml");
  EXPECT_THAT(line.serve.files.rules, ::testing::ElementsAre("x", "y"));
  EXPECT_THAT(line.serve.listen, ::testing::ElementsAre("127.0.0.1:1"));
  EXPECT_EQ(line.serve.files.unsupported, config::Unsupported::kWarn);
  EXPECT_EQ(line.serve.retention, std::chrono::hours(1));
  EXPECT_EQ(line.serve.web_config_file, "w.yml");
  EXPECT_FALSE(line.serve.lifecycle);
}

TEST(TocsinCommandLine, TellsAnAbsentSwitchFromOneThatIsOff) {
  EXPECT_EQ(Parse({"serve", "--web.enable-lifecycle"}).serve.lifecycle, true);
  EXPECT_EQ(Parse({"serve", "--no-web.enable-lifecycle"}).serve.lifecycle, false);
}

TEST(TocsinCommandLine, KnowsWhatToCheck) {
  EXPECT_EQ(Parse({"check", "config", "p.yml"}).command, Command::kCheckConfig);
  EXPECT_EQ(Parse({"check", "notify", "a.yml"}).command, Command::kCheckNotify);
  EXPECT_EQ(Parse({"check", "web-config", "web.yml"}).command, Command::kCheckWebConfig);
  CommandLine rules = Parse({"check", "rules", "a.yml", "b.yml"});
  EXPECT_EQ(rules.command, Command::kCheckRules);
  EXPECT_THAT(rules.files, ::testing::ElementsAre("a.yml", "b.yml"));
}

TEST(TocsinCommandLine, EndsWithTwoOnAMistakeAndZeroAfterHelp) {
  EXPECT_EQ(Parse({}).exit_code, 2);
  EXPECT_EQ(Parse({"serve", "--no-such-flag"}).exit_code, 2);
  EXPECT_EQ(Parse({"serve", "--storage.retention=5"}).exit_code, 2);
  EXPECT_EQ(Parse({"--help"}).exit_code, 0);
  EXPECT_EQ(Parse({"--version"}).exit_code, 0);
}

}  // namespace
}  // namespace tocsin::app
