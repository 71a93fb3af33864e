#include "base/exposition/writer.h"

#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

#include <gtest/gtest.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "tests/source_dir.h"

namespace tocsin::exposition {
namespace {

std::string Golden(const std::string& name) {
  std::ifstream file(SourceDir() + "/tests/golden/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// One family of each kind, with what is hard about it.
std::string Exposition(Format format) {
  std::string out;
  Writer writer(out, format);
  writer.Family("requests_total", "Requests with a \\ and a \"quote\"\nand a second line.", Type::kCounter);
  writer.Sample(RenderLabels({{"pool", "blue"}, {"path", "C:\\x\n\"y\""}}), uint64_t{18446744073709551615U});
  writer.Sample(RenderLabels({{"pool", "green"}, {"path", "ü"}}), uint64_t{0});
  writer.Family("connections_accepted", "A counter whose peer's name lacks the suffix.", Type::kCounter);
  writer.Sample("", 1e21);
  writer.Family("temperature_celsius", "Gauges of every odd value.", Type::kGauge);
  writer.Sample(RenderLabels({{"v", "nan"}}), std::nan(""));
  writer.Sample(RenderLabels({{"v", "inf"}}), std::numeric_limits<double>::infinity());
  writer.Sample(RenderLabels({{"v", "-inf"}}), -std::numeric_limits<double>::infinity());
  writer.Sample(RenderLabels({{"v", "third"}}), 1.0 / 3.0);
  writer.Family("latency_seconds", "A histogram.", Type::kHistogram);
  const std::array bounds = {0.005, 1.0, 2.5};
  const std::array<uint64_t, 4> counts = {3, 0, 2, 1};
  writer.Histogram(RenderLabels({{"pool", "blue"}}), bounds, counts, 7.25);
  writer.Histogram("", bounds, counts, 0.5);
  writer.Family("pool_release_info", "What runs.", Type::kInfo);
  writer.Sample(RenderLabels({{"release", "blue-1"}}), uint64_t{1});
  writer.Family("mystery", "Of no known type.", Type::kUntyped);
  writer.Sample("", 2.0);
  writer.Finish();
  return out;
}

TEST(Writer, WritesTheTextFormat) { EXPECT_EQ(Exposition(Format::kText), Golden("exposition.prom")); }
TEST(Writer, WritesOpenMetrics) {
  EXPECT_EQ(Exposition(Format::kOpenMetrics), Golden("exposition.openmetrics"));
}

TEST(Writer, WritesWhatPrometheusCppCollected) {
  prometheus::Registry registry;
  prometheus::BuildCounter()
      .Name("lib_total")
      .Help("Counted.")
      .Register(registry)
      .Add({{"a", "x\"y"}})
      .Increment(3);
  prometheus::BuildGauge().Name("lib_gauge").Help("Gauged.").Register(registry).Add({}).Set(0.1);
  prometheus::BuildGauge().Name("lib_empty").Help("Without a metric.").Register(registry);
  prometheus::BuildHistogram()
      .Name("lib_seconds")
      .Help("Timed.")
      .Register(registry)
      .Add({}, prometheus::Histogram::BucketBoundaries{0.5, 1})
      .Observe(0.7);
  std::string out;
  Writer writer(out, Format::kText);
  writer.Collect(registry.Collect());
  EXPECT_NE(out.find("# HELP lib_total Counted.\n# TYPE lib_total counter\nlib_total{a=\"x\\\"y\"} 3\n"),
            std::string::npos);
  EXPECT_NE(out.find("# TYPE lib_gauge gauge\nlib_gauge 0.1\n"), std::string::npos);
  EXPECT_EQ(out.find("lib_empty"), std::string::npos);
  EXPECT_NE(out.find("lib_seconds_bucket{le=\"0.5\"} 0\nlib_seconds_bucket{le=\"1.0\"} 1\n"
                     "lib_seconds_bucket{le=\"+Inf\"} 1\nlib_seconds_sum 0.7\nlib_seconds_count 1\n"),
            std::string::npos);
}

TEST(RenderLabels, KeepsTheOrderAndIsEmptyForNone) {
  EXPECT_EQ(RenderLabels({}), "");
  EXPECT_EQ(RenderLabels({{"b", "1"}, {"a", "2"}}), "{b=\"1\",a=\"2\"}");
  EXPECT_EQ(WithLabel("", "le", "+Inf"), "{le=\"+Inf\"}");
  EXPECT_EQ(WithLabel("{a=\"2\"}", "le", "1.0"), "{a=\"2\",le=\"1.0\"}");
}

TEST(Writer, PutsOneMoreLabelBehindTheSet) {
  std::string out;
  Writer writer(out, Format::kText);
  writer.Family("a", "A.", Type::kGauge);
  writer.Sample("", "b=\"1\"", uint64_t{1});
  writer.Sample("{x=\"1\"}", "b=\"1\"", 0.5);
  writer.Sample("{x=\"1\"}", "", uint64_t{2});
  const ConstantLabels constant = {{"b", "mine"}, {"c", "1"}};
  Writer(out, Format::kText, constant).Sample("{x=\"1\"}", "b=\"1\"", uint64_t{3});
  EXPECT_EQ(out,
            "# HELP a A.\n# TYPE a gauge\n"
            "a{b=\"1\"} 1\na{x=\"1\",b=\"1\"} 0.5\na{x=\"1\"} 2\n"
            "{c=\"1\",x=\"1\",b=\"1\"} 3\n");
}

TEST(ConstantLabels, StandOnEverySampleSaveWhereItHasItsOwn) {
  const ConstantLabels constant = {{"site", "a\"b"}, {"pool", "mine"}};
  std::string out;
  Writer writer(out, Format::kText, constant);
  writer.Family("a", "A.", Type::kGauge);
  writer.Sample("", uint64_t{1});
  writer.Sample("{x=\"pool=\"}", uint64_t{2});
  writer.Sample("{x=\"1\",pool=\"own\"}", uint64_t{3});
  writer.Sample("{pool=\"own\",site=\"own\"}", uint64_t{4});
  EXPECT_EQ(out,
            "# HELP a A.\n# TYPE a gauge\n"
            "a{site=\"a\\\"b\",pool=\"mine\"} 1\n"
            "a{site=\"a\\\"b\",pool=\"mine\",x=\"pool=\"} 2\n"
            "a{site=\"a\\\"b\",x=\"1\",pool=\"own\"} 3\n"
            "a{pool=\"own\",site=\"own\"} 4\n");
}

TEST(ConstantLabels, HaveNamesThatPrometheusTakes) {
  EXPECT_EQ(ParseConstantLabel("a_1=x=y").value_or(std::pair<std::string, std::string>()),
            (std::pair<std::string, std::string>("a_1", "x=y")));
  EXPECT_TRUE(ParseConstantLabel("a="));
  for (const char* bad : {"", "a", "=x", "1a=x", "a-b=x", "__a=x", "le=x", "quantile=1"})
    EXPECT_FALSE(ParseConstantLabel(bad)) << bad;
}

}  // namespace
}  // namespace tocsin::exposition
