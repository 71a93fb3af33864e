#include "exporter/evidence/ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::evidence {
namespace {

using testing::ElementsAre;

const Timestamp kNow = Timestamp::FromMillis(1'700'000'000'000);

Classes Of(std::initializer_list<Class> classes) {
  Classes set;
  for (const Class which : classes) set.Add(which);
  return set;
}

void Add(Ring& ring, std::initializer_list<Class> classes, std::string_view pool, std::string_view line) {
  ring.Add(kNow, Of(classes), pool, {}, line);
}

std::vector<std::string> Lines(const Ring& ring, std::optional<std::string_view> pool = {},
                               std::optional<Class> which = {}, size_t limit = 100) {
  std::vector<std::string> lines;
  for (const Entry* entry : ring.Find(pool, which, limit)) lines.push_back(entry->line);
  return lines;
}

TEST(EvidenceRing, GivesTheNewestFirstByPoolAndClass) {
  Ring ring({});
  Add(ring, {Class::kError}, "blue", "1");
  Add(ring, {Class::kError, Class::kRetry}, "green", "2");
  Add(ring, {Class::kSlow}, "", "3");
  Add(ring, {Class::kFailover, Class::kRetry, Class::kError}, "green", "4");
  EXPECT_THAT(Lines(ring), ElementsAre("4", "3", "2", "1"));
  EXPECT_THAT(Lines(ring, "green"), ElementsAre("4", "2"));
  EXPECT_THAT(Lines(ring, {}, Class::kError), ElementsAre("4", "2", "1"));
  EXPECT_THAT(Lines(ring, "green", Class::kRetry, 1), ElementsAre("4"));
  EXPECT_THAT(Lines(ring, "violet"), ElementsAre());
}

TEST(EvidenceRing, AFloodOfErrorsLeavesTheFailoverThatWasBeforeIt) {
  Options options;
  options.lines = 40;
  Ring ring(options);
  Add(ring, {Class::kFailover}, "green", "failover");
  for (int i = 0; i < 1000; ++i) Add(ring, {Class::kError}, "blue", "error");
  EXPECT_EQ(ring.lines(), 11U);
  EXPECT_THAT(Lines(ring, {}, Class::kFailover), ElementsAre("failover"));
}

TEST(EvidenceRing, KeepsWithinItsBytes) {
  Options options;
  options.bytes = 64 << 10;
  Ring ring(options);
  for (int i = 0; i < 1000; ++i)
    Add(ring, {Class::kError}, "blue", std::string(static_cast<size_t>(i) * 10, 'x'));
  EXPECT_LE(ring.bytes(), options.bytes / 4);
  EXPECT_GE(ring.lines(), 3U);
  EXPECT_EQ(Lines(ring).front().size(), Ring::kMaxLineBytes);
  EXPECT_TRUE(ring.Find({}, {}, 1).front()->was_cut);
}

TEST(EvidenceRing, HasNoQueryStringsUnlessRaw) {
  const std::string line = R"({"request":"GET /a?token=secret HTTP/1.1","args":"token=secret"})";
  parse::LogRecord record;
  record.Set(parse::Field::kRequest, std::string_view(line).substr(12, 28));
  record.SetExtra(0, "token=secret");
  record.SetExtra(1, "http://ref/?q=secret");
  Options options;
  options.extras = {"args", "http_referer"};
  Ring ring(options);
  ring.Add(kNow, Of({Class::kSlow}), "blue", record, line);
  const Entry& entry = *ring.Find({}, {}, 1).front();
  EXPECT_EQ(entry.line, R"({"request":"GET /a HTTP/1.1","args":""})");
  EXPECT_THAT(entry.fields, ElementsAre(testing::Pair("request", "GET /a HTTP/1.1"),
                                        testing::Pair("http_referer", "http://ref/")));
  options.raw = true;
  Ring raw(options);
  raw.Add(kNow, Of({Class::kSlow}), "blue", record, line);
  EXPECT_EQ(raw.Find({}, {}, 1).front()->line, line);
  EXPECT_EQ(raw.Find({}, {}, 1).front()->fields.size(), 3U);
}

}  // namespace
}  // namespace tocsin::evidence
