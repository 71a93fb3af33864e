#include "alerting/collect/scrape/intake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/alerting/collect/fake_store.h"

namespace tocsin::collect {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

http::ClientResponse Head(int status, std::string content_type = "text/plain") {
  http::ClientResponse head;
  head.status = status;
  head.headers.Add("Content-Type", std::move(content_type));
  return head;
}

class IntakeTest : public testing::Test {
 protected:
  /// Ends and commits; gives the error's text, "" for none.
  std::string End(const Result<http::ClientResponse>& answer) {
    Intake::Outcome outcome = intake_.End(answer);
    counts_ = outcome.counts;
    EXPECT_TRUE(outcome.appender->Commit().has_value());
    return outcome.status ? "" : outcome.status.error().ToString();
  }
  std::string Scrape(std::string_view body, int64_t at) {
    const Intake::Attempt attempt = intake_.Begin(Timestamp::FromMillis(at));
    intake_.Take(attempt, Head(200), body);
    return End(Head(200));
  }

  FakeStore store_;
  IngestCounts counts_;
  Intake intake_{{}, std::nullopt, store_};
};

TEST_F(IntakeTest, StoresWhatCameInPieces) {
  const Intake::Attempt attempt = intake_.Begin(Timestamp::FromMillis(1000));
  for (const char* piece : {"a", " 1\nb ", "2", "\n"}) intake_.Take(attempt, Head(200), piece);
  EXPECT_THAT(store_.Take(), IsEmpty());
  EXPECT_EQ(End(Head(200)), "");
  EXPECT_THAT(store_.Take(), ElementsAre("a 1 @1000", "b 2 @1000"));
  EXPECT_EQ(counts_.scraped, 2U);
}

TEST_F(IntakeTest, AnAnswerWithoutABodyEndsAllSeries) {
  Scrape("a 1\n", 1000);
  (void)intake_.Begin(Timestamp::FromMillis(2000));
  EXPECT_EQ(End(Head(200)), "");
  EXPECT_THAT(store_.Take(), ElementsAre("a 1 @1000", "a stale @2000"));
}

TEST_F(IntakeTest, AnAnswerThatBreaksOffCountsForNothing) {
  Scrape("a 1\n", 1000);
  const Intake::Attempt attempt = intake_.Begin(Timestamp::FromMillis(2000));
  intake_.Take(attempt, Head(200), "a 2\nnew 1\n");
  EXPECT_EQ(End(Fail(ErrorCode::kUnavailable, "broken off")), "broken off");
  EXPECT_EQ(counts_.scraped, 0U);
  EXPECT_EQ(Scrape("a 3\nnew 2\n", 3000), "");
  EXPECT_EQ(counts_.series_added, 1U);
  EXPECT_THAT(store_.Take(), ElementsAre("a 1 @1000", "a stale @2000", "a 3 @3000", "new 2 @3000"));
}

TEST_F(IntakeTest, AFailedTransferIsTheErrorWhateverItsBodyWas) {
  const Intake::Attempt attempt = intake_.Begin(Timestamp::FromMillis(1000));
  intake_.Take(attempt, Head(200), "a x\n");
  EXPECT_EQ(End(Fail(ErrorCode::kTimeout, "timed out")), "timed out");
}

TEST_F(IntakeTest, WhatIsNoPageIsNotRead) {
  Intake::Attempt attempt = intake_.Begin(Timestamp::FromMillis(1000));
  intake_.Take(attempt, Head(503), "a 1\n");
  EXPECT_EQ(End(Head(503)), "server returned HTTP status 503 Service Unavailable");
  attempt = intake_.Begin(Timestamp::FromMillis(2000));
  intake_.Take(attempt, Head(200, "text/html"), "a 1\n");
  EXPECT_EQ(End(Head(200, "text/html")),
            "received unsupported Content-Type \"text/html\", and no fallback_scrape_protocol is set");
  EXPECT_THAT(store_.Take(), IsEmpty());
}

TEST_F(IntakeTest, WhatComesTooLateIsDropped) {
  const Intake::Attempt late = intake_.Begin(Timestamp::FromMillis(1000));
  intake_.Take(late, Head(200), "a 1\n");
  EXPECT_EQ(End(Fail(ErrorCode::kTimeout, "late")), "late");
  intake_.Take(late, Head(200), "b 1\n");
  const Intake::Attempt next = intake_.Begin(Timestamp::FromMillis(2000));
  intake_.Take(late, Head(200), "c 1\n");
  intake_.Take(next, Head(200), "d 1\n");
  EXPECT_EQ(End(Head(200)), "");
  EXPECT_THAT(store_.Take(), ElementsAre("d 1 @2000"));
}

TEST_F(IntakeTest, WhatIsDroppedLeavesNoTrace) {
  Scrape("a 1\n", 1000);
  const Intake::Attempt attempt = intake_.Begin(Timestamp::FromMillis(2000));
  intake_.Take(attempt, Head(200), "a 2\nb 1\n");
  intake_.Drop();
  intake_.Take(attempt, Head(200), "c 1\n");
  EXPECT_THAT(store_.Take(), ElementsAre("a 1 @1000"));
  EXPECT_EQ(intake_.Live().size(), 1U);
}

}  // namespace
}  // namespace tocsin::collect
