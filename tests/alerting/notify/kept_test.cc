// What survives a restart: two notifiers, one after the other, on one file.
#include "tests/alerting/notify/kept.h"

#include <gmock/gmock.h>

#include "alerting/notify/kept/codec.h"
#include "alerting/state/bytes.h"

namespace tocsin::notify {
namespace {

using testing::Firing;
using ::testing::HasSubstr;
using testing::KeptTest;
using testing::kMinute;
using testing::kSecond;
using testing::Resolved;
using ::testing::SizeIs;

TEST_F(KeptTest, AlertThatWasToldIsNotToldAgainAfterARestart) {
  Receive(Firing({{"alertname", "Down"}}, Now()));
  ASSERT_THAT(http_.requests, SizeIs(1));
  Restart(10 * kSecond);
  executor_.Advance(kMinute);
  EXPECT_THAT(http_.requests, SizeIs(1));
}

TEST_F(KeptTest, AlertThatNobodySendsAgainIsToldToBeOver) {
  Receive(Firing({{"alertname", "Down"}}, Now(), kMinute));
  executor_.Advance(30 * kSecond);
  Restart(10 * kMinute);
  executor_.Advance(4 * kMinute);
  EXPECT_THAT(http_.requests, SizeIs(1)) << "it has resolve_timeout to be sent again";
  executor_.Advance(2 * kMinute);
  ASSERT_THAT(http_.requests, SizeIs(2));
  EXPECT_THAT(http_.requests[1].body, HasSubstr(R"("status":"resolved")"));
}

TEST_F(KeptTest, EndThatCouldNotBeToldIsToldAfterARestart) {
  auto alert = Firing({{"alertname", "Down"}}, Now());
  Receive(alert);
  executor_.Advance(kSecond);
  http_.answer = Fail(ErrorCode::kUnavailable, "connection refused");
  Receive(Resolved(alert, Now()));
  executor_.Advance(kMinute);
  const size_t tried = http_.requests.size();
  EXPECT_GT(tried, 1U);
  http_.answer = http::ClientResponse{200, {}, "", Duration(1)};
  Restart(Duration(0));
  executor_.Advance(kSecond);
  ASSERT_THAT(http_.requests, SizeIs(tried + 1));
  EXPECT_THAT(http_.requests.back().body, HasSubstr(R"("status":"resolved")"));
  EXPECT_EQ(http_.requests.back().headers.Get("X-Tocsin-Notification-Id"),
            http_.requests[tried - 1].headers.Get("X-Tocsin-Notification-Id"))
      << "the same message as before the restart";
  EXPECT_NE(http_.requests.back().headers.Get("X-Tocsin-Notification-Id"),
            http_.requests[0].headers.Get("X-Tocsin-Notification-Id"));
}

TEST_F(KeptTest, AlertThatWasOverBeforeTheEndDoesNotComeBack) {
  auto alert = Firing({{"alertname", "Down"}}, Now(), 10 * kSecond);
  Receive(alert);
  executor_.Advance(kMinute);
  ASSERT_THAT(http_.requests, SizeIs(2)) << "its end has passed and was told";
  Restart(kMinute);
  executor_.Advance(10 * kMinute);
  EXPECT_THAT(http_.requests, SizeIs(2));
}

TEST_F(KeptTest, SilencesAreThereAfterARestart) {
  Silence silence;
  silence.matchers = {model::Matcher::Equal("alertname", "Down")};
  silence.starts_at = Now();
  silence.ends_at = Now() + 60 * kMinute;
  auto id = silences_->Set(silence);
  Restart(kSecond);
  EXPECT_THAT(silences_->SilencedBy({{"alertname", "Down"}}), ::testing::ElementsAre(*id));
  Receive(Firing({{"alertname", "Down"}}, Now()));
  executor_.Advance(kMinute);
  EXPECT_THAT(http_.requests, SizeIs(0));
}

TEST(Codec, ReadsWhatItWrote) {
  const model::Labels labels{{"a", "1"}, {"b", std::string("x\0y\n", 4)}, {"ü", "€"}};
  EXPECT_EQ(DecodeLabels(EncodeLabels(labels)).value(), labels);
  LogEntry entry;
  entry.firing = {1, 2, UINT64_MAX};
  entry.owed = {3};
  entry.unended = {4};
  entry.began = {{"Down", Timestamp::FromMillis(5)}};
  EXPECT_EQ(DecodeLogEntry(EncodeLogEntry(entry)).value(), entry);
  entry.sent_at = Timestamp::FromMillis(-7);
  EXPECT_EQ(DecodeLogEntry(EncodeLogEntry(entry)).value(), entry);
}

TEST(Codec, WritesManyAndLongOnesToo) {
  LogEntry entry;
  for (uint64_t id = 0; id < 300; ++id) entry.resolved.insert(id * id);
  entry.began[std::string(1000, 'n')] = Timestamp::FromMillis(5);
  entry.thread = std::string(255, 't');
  EXPECT_EQ(DecodeLogEntry(EncodeLogEntry(entry)).value(), entry);
}

TEST(Codec, ReadsEntriesOfEarlierVersions) {
  for (const uint64_t version : {uint64_t{1}, uint64_t{2}}) {
    state::Encoder out;
    out.Number(version);
    out.Time(Timestamp::FromMillis(7));
    for (const uint64_t id : {uint64_t{11}, uint64_t{12}, uint64_t{13}, uint64_t{14}}) {
      out.Number(1);
      out.Number(id);
    }
    out.Number(1);
    out.Text("Down");
    out.Time(Timestamp::FromMillis(5));
    if (version == 2) out.Text("thread");
    const auto entry = DecodeLogEntry(out.Take());
    ASSERT_TRUE(entry.has_value()) << entry.error().ToString();
    EXPECT_EQ(entry->sent_at, Timestamp::FromMillis(7));
    EXPECT_EQ(entry->firing, AlertIds{11});
    EXPECT_EQ(entry->unended, AlertIds{14});
    EXPECT_EQ(entry->began.at("Down"), Timestamp::FromMillis(5));
    EXPECT_EQ(entry->thread, version == 2 ? "thread" : "");
  }
}

TEST(Codec, RefusesBytesThatAreCutOrLie) {
  LogEntry entry;
  entry.firing = {1, 2};
  entry.began = {{"Down", Timestamp::FromMillis(5)}};
  const std::string good = EncodeLogEntry(entry);
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(DecodeLogEntry(good.substr(0, size)).has_value());
  EXPECT_FALSE(DecodeLogEntry(good + "x").has_value());
  const std::string many(8, '\xff');
  EXPECT_FALSE(DecodeLabels(many).has_value());
  EXPECT_FALSE(DecodeLabels(std::string("\x01\0\0\0\0\0\0\0", 8) + many + many).has_value());
}

}  // namespace
}  // namespace tocsin::notify
