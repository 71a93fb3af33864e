#include "exporter/config/config_file.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "tests/source_dir.h"

namespace tocsin::exporter {
namespace {

using testing::ElementsAre;

const std::filesystem::path kFolder = std::filesystem::path(SourceDir()) / "tests/exporter/config/files";

std::vector<std::string> Faults(const std::string& text) {
  const auto options = WithConfig({}, text, "exporter.yml");
  std::vector<std::string> faults;
  if (options) return faults;
  faults.reserve(options.error().size());
  for (const Error& error : options.error()) faults.push_back(error.ToString());
  return faults;
}

Options OfFile(const std::string& path) {
  Options options;
  options.config_file = path;
  return options;
}

TEST(ConfigFile, ReadsAllThatThereIs) {
  const auto options = WithConfigFile(OfFile(kFolder / "full.good.yml"));
  ASSERT_TRUE(options.has_value()) << ToString(options.error());
  ASSERT_EQ(options->traffic.labels.size(), 3U);
  EXPECT_EQ(options->traffic.labels[0].name(), "host");
  EXPECT_EQ(options->traffic.labels[1].name(), "route");
  EXPECT_THAT(options->traffic.bounds.seconds(), ElementsAre(0.01, 0.1, 1.0));
  EXPECT_THAT(options->traffic.upstream_bounds->seconds(), ElementsAre(0.5, 5.0));
  EXPECT_EQ(options->traffic.idle, Duration{3'600'000});
  EXPECT_THAT(options->traffic.pools, ElementsAre("blue", "green"));
  ASSERT_EQ(options->traffic.servers.size(), 2U);
  EXPECT_EQ(options->traffic.servers[1].pool, "green");
  EXPECT_EQ(options->traffic.servers[1].address, "10.0.0.2:8080");
  EXPECT_EQ(options->evidence.slow, Duration{2'000});
  EXPECT_EQ(options->evidence.lines, 1000U);
  EXPECT_EQ(options->evidence.bytes, 4'194'304U);
  EXPECT_THAT(options->parser.extras, ElementsAre("tenant", "http_host"));
  ASSERT_EQ(options->parser.aliases.size(), 2U);
  EXPECT_EQ(options->parser.aliases[0].name, "took");
  EXPECT_EQ(options->parser.aliases[0].means, "request_time");
}

TEST(ConfigFile, AnEmptyFileChangesNothing) {
  const auto options = WithConfig({}, "# nothing\n", "exporter.yml");
  ASSERT_TRUE(options.has_value());
  EXPECT_TRUE(options->traffic.labels.empty());
  EXPECT_FALSE(options->traffic.upstream_bounds.has_value());
}

TEST(ConfigFile, EveryFaultHasItsPlace) {
  EXPECT_THAT(Faults("labels:\n- name: host\n  form: x\n- name: 1x\n- {name: le}\nbucket: {}\n"),
              ElementsAre("exporter.yml:3:3: unknown key \"form\"; did you mean \"from\"?",
                          "exporter.yml:4:3: \"1x\" is not a label's name",
                          "exporter.yml:5:3: the label \"le\" is there already",
                          "exporter.yml:6:1: unknown key \"bucket\"; did you mean \"buckets\"?"));
  EXPECT_THAT(Faults("labels: [{name: a}, {name: a}]"),
              ElementsAre("exporter.yml:1:21: the label \"a\" is there already"));
  EXPECT_THAT(Faults("labels: [{name: r, from: uri, routes: [a]}]"),
              ElementsAre("exporter.yml:1:10: route \"a\" does not begin with '/'"));
  EXPECT_THAT(Faults("labels: [{name: r, map: [{to: x}]}]"),
              ElementsAre("exporter.yml:1:26: a mapping has a \"value\" or a \"regex\""));
  EXPECT_THAT(Faults("buckets: {request_duration: [1, 0.5]}"),
              ElementsAre("exporter.yml:1:29: the buckets' bounds do not ascend"));
  EXPECT_THAT(Faults("buckets: {request_duration: [fast]}"),
              ElementsAre("exporter.yml:1:30: expected a number, found \"fast\""));
  EXPECT_THAT(Faults("pools: {blue: ['a:1'], green: ['a:1']}"),
              ElementsAre("exporter.yml:1:31: server a:1 is there already"));
  EXPECT_THAT(Faults("limits: {idle: soon}").size(), 1U);
  EXPECT_THAT(Faults("labels: {name: host}"), ElementsAre("exporter.yml:1:9: expected a sequence"));
}

TEST(ConfigFile, EvidenceAsksForWhatItShowsAndHides) {
  Options options;
  options.evidence.enabled = true;
  const auto read = WithConfig(options, "labels: [{name: a, from: args}]", "exporter.yml");
  ASSERT_TRUE(read.has_value());
  EXPECT_THAT(read->evidence.extras,
              ElementsAre("args", "query_string", "request_body", "http_referer", "http_user_agent"));
  EXPECT_EQ(read->parser.extras, read->evidence.extras);
  EXPECT_THAT(Faults("evidence: {lines: 0}"),
              ElementsAre("exporter.yml:1:19: lines is a number from 1 to 1000000"));
}

TEST(ConfigFile, SaysThatItIsNotThere) {
  const auto options = WithConfigFile(OfFile("/nowhere/exporter.yml"));
  ASSERT_FALSE(options.has_value());
  EXPECT_EQ(options.error().front().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace tocsin::exporter
