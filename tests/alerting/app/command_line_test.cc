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

TEST(TocsinCommandLine, ReadsThePipelinesFlags) {
  EXPECT_TRUE(Parse({"serve"}).serve.pipeline.resolve_muted);
  CommandLine line = Parse({"serve", "--no-notify.resolve-muted", "--notify.cooldown=10s",
                            "--state.path=s.db", "--silences.max-silences=5"});
  EXPECT_FALSE(line.serve.pipeline.resolve_muted);
  EXPECT_EQ(line.serve.pipeline.cooldown, std::chrono::seconds(10));
  EXPECT_EQ(line.serve.state_path, "s.db");
  EXPECT_EQ(line.serve.silences.max_silences, 5U);
}

TEST(TocsinCommandLine, CommandsThatNeedNoServerBecomeActions) {
  for (std::vector<const char*> words : {std::vector<const char*>{"silence", "add", "a=b"},
                                         {"silence", "query"},
                                         {"alerts"},
                                         {"maintenance", "on", "--for=2h", "--match", "a=b"},
                                         {"maintenance", "status"},
                                         {"notify", "routes", "test", "--notify.config-file=x", "a=b"},
                                         {"notify", "test", "--notify.config-file=x", "team"}}) {
    CommandLine line = Parse(words);
    EXPECT_FALSE(line.exit_code) << words[0];
    EXPECT_EQ(line.command, Command::kAction) << words[0];
    EXPECT_TRUE(line.action) << words[0];
  }
  EXPECT_EQ(Parse({"silence", "add"}).exit_code, 2);
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
