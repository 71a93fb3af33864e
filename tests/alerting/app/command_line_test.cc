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
  EXPECT_EQ(line.serve.storage.retention, std::chrono::hours(1));
  EXPECT_EQ(line.serve.web_config_file, "w.yml");
  EXPECT_FALSE(line.serve.lifecycle);
}

TEST(TocsinCommandLine, TakesSlashesFromTheEndOfTheExternalUrl) {
  EXPECT_EQ(Parse({"serve", "--web.external-url=https://x.org/alerts//"}).serve.external_url,
            "https://x.org/alerts");
  EXPECT_EQ(Parse({"serve", "--web.external-url=https://x.org"}).serve.external_url, "https://x.org");
}

TEST(TocsinCommandLine, ReadsTheStoragesFlags) {
  const StorageOptions plain = Parse({"serve"}).serve.storage;
  EXPECT_EQ(plain.effective_retention(), std::chrono::hours(2));
  EXPECT_EQ(plain.sync, store::SyncMode::kInterval);
  EXPECT_EQ(plain.sync_interval, std::chrono::milliseconds(200));
  StorageOptions kept = Parse({"serve", "--storage.path=/data", "--storage.retention.size=10GB",
                               "--storage.wal-sync=always", "--storage.max-series=7"})
                            .serve.storage;
  EXPECT_EQ(kept.path, "/data");
  EXPECT_EQ(kept.effective_retention(), std::chrono::hours(15 * 24));
  EXPECT_EQ(kept.retention_bytes, uint64_t{10} << 30);
  EXPECT_EQ(kept.RetentionText(), "15d or 10GiB");
  EXPECT_EQ(kept.sync, store::SyncMode::kAlways);
  EXPECT_EQ(kept.max_series, 7U);
  EXPECT_EQ(Parse({"serve", "--storage.wal-sync=1s"}).serve.storage.sync_interval, std::chrono::seconds(1));
  EXPECT_EQ(Parse({"serve", "--storage.wal-sync=sometimes"}).exit_code, 2);
  EXPECT_EQ(Parse({"serve", "--storage.wal-sync=0s"}).exit_code, 2);
  EXPECT_EQ(Parse({"serve", "--storage.retention.size=10 apples"}).exit_code, 2);
  EXPECT_EQ(Parse({"serve", "--storage.retention=0s"}).exit_code, 2);
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

TEST(TocsinCommandLine, TakesTheVariablesOfTheStack) {
  const auto with = [](const char* variable, const char* value, std::vector<const char*> arguments) {
    ::setenv(variable, value, 1);  // NOLINT(concurrency-mt-unsafe): there is one thread
    CommandLine line = Parse(std::move(arguments));
    ::unsetenv(variable);  // NOLINT(concurrency-mt-unsafe)
    return line;
  };
  EXPECT_EQ(with("ALERT_COOLDOWN_SEC", "300", {"serve"}).serve.pipeline.cooldown, std::chrono::minutes(5));
  EXPECT_EQ(with("ALERT_COOLDOWN_SEC", "300", {"serve", "--notify.cooldown=1s"}).serve.pipeline.cooldown,
            std::chrono::seconds(1));
  EXPECT_TRUE(with("MAINTENANCE_MODE", "on", {"serve"}).serve.maintenance);
  EXPECT_FALSE(with("MAINTENANCE_MODE", "off", {"serve"}).serve.maintenance);
  for (const auto& [variable, value] :
       {std::pair{"ALERT_COOLDOWN_SEC", "5m"}, std::pair{"MAINTENANCE_MODE", "maybe"}}) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(with(variable, value, {"serve"}).exit_code, 2);
    EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr(variable));
  }
}

TEST(TocsinCommandLine, ReadsADatasourceAndShowsNoneOfItsSecrets) {
  CommandLine line = Parse(
      {"serve", "--datasource.url=http://me:hunter2@prom:9090/x", "--datasource.header=X-Org: team",
       "--datasource.basic-auth.username=u", "--datasource.basic-auth.password=hunter2",
       "--datasource.retries=5", "--datasource.tls.insecure-skip-verify",
       "--datasource.write-url=http://prom:9090/api/v1/write", "--datasource.write-bearer-token-file=/t"});
  ASSERT_FALSE(line.exit_code);
  const remote::EndpointOptions& datasource = line.serve.datasource;
  EXPECT_EQ(datasource.headers.at(0).first, "X-Org");
  EXPECT_EQ(datasource.headers.at(0).second.value.Reveal(), "team");
  EXPECT_EQ(datasource.password.value.Reveal(), "hunter2");
  EXPECT_EQ(datasource.retries, 5);
  EXPECT_FALSE(datasource.tls.verify);
  EXPECT_EQ(line.serve.write_back.bearer_token.file, "/t");
  for (const auto& [name, value] : line.serve.flags) {
    EXPECT_THAT(value, ::testing::Not(::testing::HasSubstr("hunter2"))) << name;
    EXPECT_THAT(value, ::testing::Not(::testing::HasSubstr("team"))) << name;
  }
  EXPECT_EQ(line.serve.flags.at("datasource.basic-auth.password"), "<secret>");
  EXPECT_EQ(Parse({"serve", "--datasource.header=none"}).exit_code, 2);
  EXPECT_EQ(Parse({"serve", "--datasource.bearer-token=a", "--datasource.bearer-token-file=b"}).exit_code, 2);
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
  EXPECT_EQ(Parse({"serve", "--web.enable-remote-write-receiver"}).serve.remote_write, true);
  EXPECT_EQ(Parse({"serve", "--web.enable-import=false"}).serve.import, false);
  EXPECT_EQ(Parse({"serve"}).serve.import, std::nullopt);
}

TEST(TocsinCommandLine, KnowsWhatToCheck) {
  EXPECT_EQ(Parse({"check", "config", "p.yml"}).command, Command::kCheckConfig);
  EXPECT_EQ(Parse({"check", "notify", "a.yml"}).command, Command::kCheckNotify);
  EXPECT_EQ(Parse({"check", "web-config", "web.yml"}).command, Command::kCheckWebConfig);
  CommandLine rules = Parse({"check", "rules", "a.yml", "b.yml"});
  EXPECT_EQ(rules.command, Command::kCheckRules);
  EXPECT_THAT(rules.files, ::testing::ElementsAre("a.yml", "b.yml"));
}

TEST(TocsinCommandLine, ChecksRulesAsPromtoolDoes) {
  const CommandLine line =
      Parse({"check", "rules", "--enable-feature=promql-experimental-functions", "--ignore-unknown-fields"});
  EXPECT_EQ(line.command, Command::kCheckRules);
  EXPECT_TRUE(line.files.empty()) << "standard input";
  EXPECT_TRUE(line.serve.engine.enable_experimental);
  EXPECT_TRUE(line.serve.files.ignore_unknown_rule_keys);
  const CommandLine file = Parse(
      {"check", "rules", "--enable-feature", "promql-experimental-functions,promql-duration-expr", "a.yml"});
  EXPECT_THAT(file.files, ::testing::ElementsAre("a.yml"));
  EXPECT_TRUE(file.serve.engine.enable_duration_expr);
  EXPECT_EQ(Parse({"check", "config"}).exit_code, 2);
  EXPECT_EQ(Parse({"test", "rules", "--diff", "--ignore-unknown-fields", "t.yml"}).command, Command::kAction);
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
