#include "alerting/config/prometheus.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/files.h"
#include "tests/alerting/config/fixtures.h"

namespace tocsin::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::optional<std::string> Lookup(const std::string& name) {
  if (name == "HOST") return "db:9187";
  if (name == "INTERVAL") return "7s";
  return std::nullopt;
}

Checked<PrometheusConfig> Parse(std::string_view text, Unsupported unsupported = Unsupported::kError) {
  return ParsePrometheusConfig(text, "dir/p.yml", Lookup, unsupported);
}

PrometheusConfig MustParse(std::string_view text, Unsupported unsupported = Unsupported::kError) {
  Checked<PrometheusConfig> config = Parse(text, unsupported);
  EXPECT_TRUE(config.has_value()) << ToString(config.error());
  return config ? *config : PrometheusConfig{};
}

TEST(PrometheusConfig, LoadsTheGoodFiles) {
  for (const auto& fixture : Fixtures("prometheus", "good")) {
    const auto config = LoadPrometheusConfig(fixture.string(), Lookup, Unsupported::kError);
    EXPECT_TRUE(config.has_value()) << fixture << "\n" << ToString(config.error());
  }
}

TEST(PrometheusConfig, RefusesTheBadFilesWithEveryFault) {
  for (const auto& fixture : Fixtures("prometheus", "bad")) {
    const auto config = LoadPrometheusConfig(fixture.string(), Lookup, Unsupported::kError);
    ASSERT_FALSE(config.has_value()) << fixture;
    EXPECT_EQ(Messages(config.error()), Expected(fixture)) << fixture;
    for (const Error& error : config.error()) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_EQ(error.position().source, fixture.string());
    }
  }
}

TEST(PrometheusConfig, NamesWhatItDoesNotSupport) {
  for (const auto& fixture : Fixtures("prometheus", "unsupported")) {
    const auto config = LoadPrometheusConfig(fixture.string(), Lookup, Unsupported::kError);
    ASSERT_FALSE(config.has_value()) << fixture;
    EXPECT_EQ(Messages(config.error()), Expected(fixture)) << fixture;
    for (const Error& error : config.error()) EXPECT_EQ(error.code(), ErrorCode::kUnsupported);

    const auto warned = LoadPrometheusConfig(fixture.string(), Lookup, Unsupported::kWarn);
    ASSERT_TRUE(warned.has_value()) << fixture;
    EXPECT_EQ(Messages(warned->warnings), Expected(fixture)) << fixture;
  }
}

TEST(PrometheusConfig, LoadsTheShippedFile) {
  const std::string path = std::string(TOCSIN_SOURCE_DIR) + "/prometheus/prometheus.yml";
  const auto config = LoadPrometheusConfig(path, Lookup, Unsupported::kError);
  ASSERT_TRUE(config.has_value()) << ToString(config.error());
  EXPECT_FALSE(config->rule_files.empty());
  EXPECT_FALSE(config->scrape.jobs.empty());
}

TEST(PrometheusConfig, WarningsDoNotHideErrors) {
  const auto config = Parse("storage: {}\nfoo: 1\n", Unsupported::kWarn);
  ASSERT_FALSE(config.has_value());
  EXPECT_THAT(Messages(config.error()), ElementsAre("2:1: unknown key \"foo\""));
}

TEST(PrometheusConfig, HasPrometheusDefaults) {
  const PrometheusConfig config = MustParse("scrape_configs: [{job_name: a}]");
  EXPECT_EQ(config.evaluation_interval, Duration(60'000));
  const collect::JobOptions& job = config.scrape.jobs.at(0);
  EXPECT_EQ(job.scrape_interval, Duration(60'000));
  EXPECT_EQ(job.scrape_timeout, Duration(10'000));
  EXPECT_EQ(job.metrics_path, "/metrics");
  EXPECT_EQ(job.scheme, "http");
  EXPECT_TRUE(job.honor_timestamps);
  EXPECT_FALSE(job.honor_labels);
}

TEST(PrometheusConfig, JobsInheritAndOverride) {
  const PrometheusConfig config = MustParse(
      "global: {scrape_interval: 5s, scrape_timeout: 4s, sample_limit: 7}\n"
      "scrape_configs:\n- {job_name: a}\n- {job_name: b, scrape_interval: 2s, sample_limit: 9}\n"
      "- {job_name: c, scrape_timeout: 1s}\n");
  const auto& jobs = config.scrape.jobs;
  ASSERT_THAT(jobs, SizeIs(3));
  EXPECT_EQ(jobs[0].scrape_interval, Duration(5000));
  EXPECT_EQ(jobs[0].scrape_timeout, Duration(4000));
  EXPECT_EQ(jobs[0].limits.samples, 7U);
  EXPECT_EQ(jobs[1].scrape_timeout, Duration(2000));
  EXPECT_EQ(jobs[1].limits.samples, 9U);
  EXPECT_EQ(jobs[2].scrape_timeout, Duration(1000));
}

TEST(PrometheusConfig, ShortIntervalsShortenTheDefaultTimeout) {
  EXPECT_EQ(MustParse("global: {scrape_interval: 500ms}\nscrape_configs: [{job_name: a}]")
                .scrape.jobs.at(0)
                .scrape_timeout,
            Duration(500));
}

TEST(PrometheusConfig, PathsAreRelativeToTheFile) {
  const PrometheusConfig config = MustParse(
      "scrape_configs:\n- job_name: a\n  file_sd_configs: [{files: [t/*.yml, /abs/x.json]}]\n"
      "  basic_auth: {password_file: pw}\n  tls_config: {ca_file: ca.pem}\n");
  const collect::JobOptions& job = config.scrape.jobs.at(0);
  EXPECT_THAT(job.file_discovery.at(0).files, ElementsAre("dir/t/*.yml", "/abs/x.json"));
  EXPECT_EQ(job.transport.basic_auth.value_or(collect::TransportOptions::Basic{}).password.file, "dir/pw");
  EXPECT_EQ(job.transport.tls.ca_file, "dir/ca.pem");
}

TEST(PrometheusConfig, ExpandsTheEnvironmentSaveInExpressions) {
  const PrometheusConfig config = MustParse(
      "global: {scrape_interval: '${INTERVAL}', external_labels: {zone: '${ZONE:-none}'}}\n"
      "scrape_configs:\n- job_name: a\n  static_configs: [{targets: ['${HOST}'], labels: {h: '${HOST}'}}]\n"
      "  relabel_configs: [{source_labels: [a], regex: '(?P<HOST>.*)', target_label: '${HOST}', replacement: "
      "'${HOST}'}]\n");
  const collect::JobOptions& job = config.scrape.jobs.at(0);
  EXPECT_EQ(job.scrape_interval, Duration(7000));
  EXPECT_EQ(config.external_labels.ToString(), R"({zone="none"})");
  EXPECT_EQ(job.static_groups.at(0).targets.at(0).Get("__address__"), "db:9187");
  EXPECT_EQ(job.relabel_rules.at(0).replacement, "${HOST}");
  EXPECT_EQ(job.relabel_rules.at(0).target_label, "${HOST}");
  EXPECT_THAT(config.text, testing::HasSubstr("${INTERVAL}"));
  EXPECT_THAT(Messages(Parse("global: {scrape_interval: '${NOBODY}'}").error()).at(0),
              testing::StartsWith("1:27: the environment variable NOBODY is not set"));
}

TEST(PrometheusConfig, NullSectionsCountAsAbsent) {
  EXPECT_THAT(MustParse("global:\nrule_files:\nscrape_configs:\nalerting:\n").scrape.jobs, IsEmpty());
}

TEST(PrometheusConfig, RuleFilesAreThoseThatThePatternsName) {
  const auto folder =
      std::filesystem::path(testing::TempDir()) / ("tocsin_config_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder / "rules");
  std::ofstream(folder / "rules/b.yml") << "";
  std::ofstream(folder / "rules/a.yml") << "";
  std::ofstream(folder / "one.yml") << "";
  std::ofstream(folder / "p.yml") << "rule_files: [one.yml, 'rules/*.yml', rules/a.yml, 'none/*.yml']\n";
  const auto config = LoadPrometheusConfig((folder / "p.yml").string(), Lookup, Unsupported::kError);
  ASSERT_TRUE(config.has_value()) << ToString(config.error());
  EXPECT_THAT(config->rule_files,
              ElementsAre((folder / "one.yml").string(), (folder / "rules/a.yml").string(),
                          (folder / "rules/b.yml").string()));
  std::filesystem::remove_all(folder);
}

TEST(PrometheusConfig, AMissingFileIsReportedByName) {
  const auto config = LoadPrometheusConfig("/nonexistent/p.yml", Lookup, Unsupported::kError);
  ASSERT_FALSE(config.has_value());
  EXPECT_EQ(config.error().at(0).code(), ErrorCode::kNotFound);
  EXPECT_EQ(config.error().at(0).position().source, "/nonexistent/p.yml");
}

TEST(PrometheusConfig, NoMessageHoldsASecret) {
  const auto config = Parse(
      "scrape_configs:\n- job_name: a\n  basic_auth: hunter2\n  authorization: {credentials: [hunter2]}\n");
  ASSERT_FALSE(config.has_value());
  EXPECT_THAT(ToString(config.error()), testing::Not(testing::HasSubstr("hunter2")));
}

TEST(ParseUnsupported, NamesItsChoices) {
  EXPECT_EQ(ParseUnsupported("warn"), Unsupported::kWarn);
  EXPECT_EQ(ParseUnsupported("x").error().message(), "\"x\" is neither \"error\" nor \"warn\"");
}

}  // namespace
}  // namespace tocsin::config
