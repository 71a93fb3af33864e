#include "alerting/config/prometheus.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/files.h"
#include "tests/alerting/config/fixtures.h"
#include "tests/source_dir.h"

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
  const std::string path = SourceDir() + "/prometheus/prometheus.yml";
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

TEST(PrometheusConfig, ReadsDiscoveries) {
  const PrometheusConfig config = MustParse(
      "scrape_configs:\n- job_name: a\n"
      "  http_sd_configs: [{url: 'http://sd/', http_headers: {X: {values: [y]}}}]\n"
      "  dns_sd_configs: [{names: [n], type: mx, port: 25}]\n"
      "  docker_sd_configs: [{host: 'unix:///s', filters: [{name: label, values: [a]}, {name: label, values: "
      "[b]}]}]\n");
  const collect::JobOptions& job = config.scrape.jobs.at(0);
  EXPECT_EQ(job.http_discovery.at(0).url, "http://sd/");
  EXPECT_EQ(job.http_discovery.at(0).refresh_interval, Duration(60'000));
  EXPECT_EQ(job.http_discovery.at(0).transport.headers.at("X").at(0).value.Reveal(), "y");
  EXPECT_EQ(job.dns_discovery.at(0).type, dns::RecordType::kMx);
  EXPECT_EQ(job.dns_discovery.at(0).refresh_interval, Duration(30'000));
  EXPECT_EQ(job.docker_discovery.at(0).port, 80);
  EXPECT_TRUE(job.docker_discovery.at(0).match_first_network);
  EXPECT_THAT(job.docker_discovery.at(0).filters.at("label"), ElementsAre("a", "b"));
}

TEST(PrometheusConfig, JobsInheritProtocolsAndNames) {
  const PrometheusConfig config = MustParse(
      "global: {scrape_protocols: [PrometheusText0.0.4], metric_name_validation_scheme: legacy, "
      "target_limit: 3}\n"
      "scrape_configs:\n- {job_name: a}\n"
      "- {job_name: b, metric_name_validation_scheme: utf8, scrape_protocols: [OpenMetricsText0.0.1], "
      "target_limit: 0}\n");
  const auto& jobs = config.scrape.jobs;
  EXPECT_THAT(jobs.at(0).protocols, ElementsAre(collect::ScrapeProtocol::kText004));
  EXPECT_TRUE(jobs.at(0).legacy_names);
  EXPECT_EQ(jobs.at(0).name_escaping, "underscores");
  EXPECT_EQ(jobs.at(0).target_limit, 3U);
  EXPECT_THAT(jobs.at(1).protocols, ElementsAre(collect::ScrapeProtocol::kOpenMetrics001));
  EXPECT_FALSE(jobs.at(1).legacy_names);
  EXPECT_EQ(jobs.at(1).name_escaping, "underscores");
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
  EXPECT_EQ(job.transport.tls.ca.file, "dir/ca.pem");
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

TEST(PrometheusConfig, ReadsWhichAlertmanagersGetTheAlerts) {
  const AlertingOptions alerting = MustParse(R"(alerting:
  alert_relabel_configs: [{regex: replica, action: labeldrop}]
  alertmanagers:
  - scheme: https
    path_prefix: /am
    timeout: 3s
    api_version: v2
    static_configs: [{targets: ['a:9093', 'b:9093']}]
    file_sd_configs: [{files: [am/*.yml]}]
    dns_sd_configs: [{names: [am.example], type: A, port: 9093}]
    http_sd_configs: [{url: 'http://sd.example/'}]
    relabel_configs: [{source_labels: [__address__], regex: b.*, action: drop}]
    alert_relabel_configs: [{source_labels: [severity], regex: none, action: drop}]
    tls_config: {insecure_skip_verify: true}
    basic_auth: {username: u, password: p}
)")
                                       .alerting;
  ASSERT_THAT(alerting.sets, SizeIs(1));
  const AlertmanagerSet& set = alerting.sets[0];
  EXPECT_THAT(alerting.alert_relabel_rules, SizeIs(1));
  EXPECT_EQ(set.job.scheme, "https");
  EXPECT_EQ(set.path_prefix, "/am");
  EXPECT_EQ(set.timeout, Duration(3'000));
  EXPECT_THAT(set.job.static_groups, SizeIs(1));
  EXPECT_THAT(set.job.file_discovery, SizeIs(1));
  EXPECT_EQ(set.job.file_discovery[0].files, std::vector<std::string>{"dir/am/*.yml"});
  ASSERT_THAT(set.job.dns_discovery, SizeIs(1));
  EXPECT_EQ(set.job.dns_discovery[0].names, std::vector<std::string>{"am.example"});
  EXPECT_THAT(set.job.http_discovery, SizeIs(1));
  EXPECT_THAT(set.job.relabel_rules, SizeIs(1));
  EXPECT_THAT(set.alert_relabel_rules, SizeIs(1));
  EXPECT_TRUE(set.job.transport.tls.insecure_skip_verify);
  EXPECT_EQ(set.job.transport.basic_auth->username.value.Reveal(), "u");
}

TEST(PrometheusConfig, SaysWhatIsWrongWithAlertmanagers) {
  const auto parsed = Parse(
      "alerting:\n  alertmanagers:\n  - {api_version: v1}\n  - {nosuch: 1}\n"
      "  - {consul_sd_configs: [{server: a}]}\n");
  ASSERT_FALSE(parsed);
  EXPECT_THAT(ToString(parsed.error()),
              testing::HasSubstr("dir/p.yml:3:19: \"api_version\" is not supported but as v2"));
  EXPECT_THAT(ToString(parsed.error()), testing::HasSubstr("dir/p.yml:4:6: unknown key \"nosuch\""));
  EXPECT_THAT(ToString(parsed.error()),
              testing::HasSubstr("dir/p.yml:5:6: \"consul_sd_configs\" is not supported"));
}

}  // namespace
}  // namespace tocsin::config
