#include "base/yaml/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::yaml {
namespace {

using testing::ElementsAre;
using testing::Pair;

Node Doc(std::string_view text) { return Parse(text, "f.yml").value(); }

template <typename T>
std::string Refusal(std::string_view text) {
  T out{};
  const Status status = Read(Doc(text), out);
  return status ? "accepted" : status.error().ToString();
}

TEST(Read, StringsTakeAnyScalarByItsText) {
  for (const char* text : {"x", "5", "0x1f", "yes", "2020-01-01", "1_000"}) {
    std::string out;
    EXPECT_TRUE(Read(Doc(text), out).has_value());
    EXPECT_EQ(out, text);
  }
  EXPECT_EQ(Refusal<std::string>("~"), "f.yml:1:1: expected a string, found nothing");
  EXPECT_EQ(Refusal<std::string>("[a]"), "f.yml:1:1: expected a string, found a sequence");
}

TEST(Read, BooleansAreNoStrings) {
  bool out = false;
  EXPECT_TRUE(Read(Doc("on"), out).has_value());
  EXPECT_TRUE(out);
  EXPECT_EQ(Refusal<bool>("\"yes\""), "f.yml:1:1: expected true or false, found \"yes\"");
}

TEST(Read, WholeNumbersMayBeWrittenAsFloatsButAreNotCut) {
  int64_t out = 0;
  EXPECT_TRUE(Read(Doc("1e3"), out).has_value());
  EXPECT_EQ(out, 1000);
  EXPECT_EQ(Refusal<int64_t>("1.5"), "f.yml:1:1: expected a whole number, found \"1.5\"");
  EXPECT_EQ(Refusal<int64_t>("'17'"), "f.yml:1:1: expected a whole number, found \"17\"");
  EXPECT_EQ(Refusal<int64_t>(".nan"), "f.yml:1:1: expected a whole number, found \".nan\"");
  EXPECT_EQ(Refusal<int>("3000000000"), "f.yml:1:1: expected a whole number, found \"3000000000\"");
  EXPECT_EQ(Refusal<uint64_t>("-1"), "f.yml:1:1: expected a whole number, not negative, found \"-1\"");
}

TEST(Read, NumbersAndDurations) {
  double number = 0;
  EXPECT_TRUE(Read(Doc("5"), number).has_value());
  EXPECT_EQ(number, 5.0);
  Duration duration{};
  EXPECT_TRUE(Read(Doc("1m30s"), duration).has_value());
  EXPECT_EQ(duration, Duration(90'000));
  EXPECT_EQ(Refusal<Duration>("15"), "f.yml:1:1: not a valid duration string: \"15\"");
}

TEST(Read, CollectionsOfStrings) {
  std::vector<std::string> list;
  EXPECT_TRUE(Read(Doc("[a, 5, ~]"), list).has_value());
  EXPECT_THAT(list, ElementsAre("a", "5", ""));
  std::map<std::string, std::string> map;
  EXPECT_TRUE(Read(Doc("{a: 1, b: ~}"), map).has_value());
  EXPECT_THAT(map, ElementsAre(Pair("a", "1"), Pair("b", "")));
  EXPECT_EQ(Refusal<std::vector<std::string>>("[a, [b]]"), "f.yml:1:5: expected a string, found a sequence");
}

TEST(Read, ShowsNoScalarWhereACollectionWasWanted) {
  EXPECT_EQ(Refusal<std::vector<std::string>>("hunter2"),
            "f.yml:1:1: expected a sequence of strings, found a string");
}

struct Job {
  std::string name;
  Duration interval{1000};
  std::optional<bool> honor;
};

std::string ReadJob(std::string_view text, Job& job) {
  Errors errors;
  const Node node = Doc(text);
  MappingReader in(node, errors);
  in.Required("job_name", job.name);
  in.Optional("scrape_interval", job.interval);
  in.Optional("honor_labels", job.honor);
  in.Unsupported("tls_config", "later");
  in.Finish();
  return ToString(errors);
}

TEST(MappingReader, FillsWhatIsThere) {
  Job job;
  EXPECT_EQ(ReadJob("{job_name: a, scrape_interval: 5s, honor_labels: yes}", job), "");
  EXPECT_EQ(job.name, "a");
  EXPECT_EQ(job.interval, Duration(5000));
  EXPECT_EQ(job.honor, true);
}

TEST(MappingReader, ANullValueCountsAsAbsent) {
  Job job;
  EXPECT_EQ(ReadJob("job_name: a\nscrape_interval:\nhonor_labels: ~\n", job), "");
  EXPECT_EQ(job.interval, Duration(1000));
  EXPECT_EQ(job.honor, std::nullopt);
}

TEST(MappingReader, ReportsEveryFaultAtItsPlace) {
  Job job;
  EXPECT_EQ(ReadJob("scrape_intervall: 5s\nhonor_labels: 5\ntls_config: {}\nzzz: 1\n", job),
            "f.yml:1:1: \"job_name\" is missing\n"
            "f.yml:2:15: expected true or false, found \"5\"\n"
            "f.yml:3:1: \"tls_config\" is not supported: later\n"
            "f.yml:1:1: unknown key \"scrape_intervall\"; did you mean \"scrape_interval\"?\n"
            "f.yml:4:1: unknown key \"zzz\"");
}

TEST(MappingReader, UnsupportedHasItsOwnCode) {
  const Node node = Doc("tls_config: {}");
  Errors errors;
  MappingReader in(node, errors);
  in.Unsupported("tls_config");
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].code(), ErrorCode::kUnsupported);
}

TEST(MappingReader, WhatIsNoMappingIsReportedOnce) {
  Job job;
  EXPECT_EQ(ReadJob("[a]", job), "f.yml:1:1: expected a mapping, found a sequence");
}

TEST(MappingReader, NullIsAnEmptyMapping) {
  Job job;
  EXPECT_EQ(ReadJob("~", job), "f.yml:1:1: \"job_name\" is missing");
}

TEST(MappingReader, SuggestsForSwappedLetters) {
  const Node node = Doc("hots: 1");
  Errors errors;
  MappingReader in(node, errors);
  in.Take("host");
  in.Take("port");
  in.Finish();
  EXPECT_EQ(ToString(errors), "f.yml:1:1: unknown key \"hots\"; did you mean \"host\"?");
}

}  // namespace
}  // namespace tocsin::yaml
