#include "alerting/collect/scrape/target.h"

#include <gtest/gtest.h>

namespace tocsin::collect {
namespace {

using enum RelabelAction;

Result<std::optional<Target>> Make(const JobOptions& job, const model::Labels& address,
                                   const model::Labels& group = {}) {
  return MakeTarget(address, group, job, Relabeling::Compile(job.relabel_rules).value());
}

/// The target of an address that relabelling keeps; an empty one when it is dropped or refused.
Target MustMake(const JobOptions& job, const model::Labels& address, const model::Labels& group = {}) {
  const auto made = Make(job, address, group);
  EXPECT_TRUE(made.has_value() && made->has_value());
  return made ? made->value_or(Target{}) : Target{};
}

JobOptions Job(std::vector<RelabelRule> rules = {}) {
  JobOptions job;
  job.job_name = "j";
  job.relabel_rules = std::move(rules);
  return job;
}

TEST(Target, GetsJobInstanceAndUrl) {
  const Target target = MustMake(Job(), {{"__address__", "h:80"}}, {{"env", "x"}, {"__meta_filepath", "f"}});
  EXPECT_EQ(target.labels.ToString(), R"({env="x", instance="h:80", job="j"})");
  EXPECT_EQ(target.url, "http://h:80/metrics");
  EXPECT_EQ(target.interval, Duration(60'000));
  EXPECT_EQ(target.discovered.Get("__scrape_timeout__"), "10s");
  EXPECT_EQ(target.discovered.Get("__meta_filepath"), "f");
}

TEST(Target, RelabellingRewritesHowItIsScraped) {
  const Target target = MustMake(Job({{.target_label = "__scheme__", .replacement = "https"},
                                      {.target_label = "__metrics_path__", .replacement = "/probe"},
                                      {.source_labels = {"__address__"}, .target_label = "__param_target"},
                                      {.source_labels = {"__address__"}, .target_label = "instance"},
                                      {.target_label = "__address__", .replacement = "prober:9115"},
                                      {.target_label = "__scrape_interval__", .replacement = "20s"},
                                      {.target_label = "job", .replacement = "probe"}}),
                                 {{"__address__", "h:80"}});
  EXPECT_EQ(target.url, "https://prober:9115/probe?target=h%3A80");
  EXPECT_EQ(target.labels.ToString(), R"({instance="h:80", job="probe"})");
  EXPECT_EQ(target.interval, Duration(20'000));
}

TEST(Target, ParamsKeepAllTheirValues) {
  JobOptions job = Job({{.target_label = "__param_m", .replacement = "new"}});
  job.params = {{"m", {"a", "b c"}}, {"z", {"1"}}};
  EXPECT_EQ(MustMake(job, {{"__address__", "h:80"}}).url, "http://h:80/metrics?m=new&m=b+c&z=1");
}

TEST(Target, ALabelOfItsOwnWinsOverGroupAndJob) {
  const Target target =
      MustMake(Job(), {{"__address__", "h:80"}, {"env", "own"}, {"job", "mine"}}, {{"env", "group"}});
  EXPECT_EQ(target.labels.ToString(), R"({env="own", instance="h:80", job="mine"})");
}

TEST(Target, IsDroppedByRelabelling) {
  const auto target = Make(Job({{.source_labels = {"__address__"}, .regex = "h.*", .action = kDrop}}),
                           {{"__address__", "h"}});
  ASSERT_TRUE(target.has_value());
  EXPECT_FALSE(target->has_value());
}

TEST(Target, RefusesWhatCannotBeScraped) {
  EXPECT_EQ(Make(Job(), {{"x", "y"}}).error().message(), "no address");
  EXPECT_EQ(Make(Job(), {{"__address__", "http://h"}}).error().message(),
            "\"http://h\" is not a valid hostname");
  const auto with = [](std::string label, std::string value) {
    return Make(Job({{.target_label = std::move(label), .replacement = std::move(value)}}),
                {{"__address__", "h"}})
        .error()
        .message();
  };
  EXPECT_EQ(with("__scrape_interval__", "x"),
            "error parsing scrape interval: not a valid duration string: \"x\"");
  EXPECT_EQ(with("__scrape_interval__", "0s"), "scrape interval cannot be 0");
  EXPECT_EQ(with("__scrape_timeout__", "2m"),
            "scrape timeout cannot be greater than scrape interval (\"2m\" > \"1m\")");
}

TEST(Target, HashesLabelsAndUrl) {
  const Target a = MustMake(Job(), {{"__address__", "a:1"}});
  const Target b = MustMake(Job(), {{"__address__", "b:1"}});
  EXPECT_EQ(a.Hash(), MustMake(Job(), {{"__address__", "a:1"}}).Hash());
  EXPECT_NE(a.Hash(), b.Hash());
}

}  // namespace
}  // namespace tocsin::collect
