#include "alerting/notify/silence/silences.h"

#include <gmock/gmock.h>

#include "tests/alerting/notify/fakes.h"

namespace tocsin::notify {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kMinute;
using testing::kSecond;
using ::testing::SizeIs;

class SilencesTest : public ::testing::Test {
 protected:
  Silence Of(model::Matchers matchers, Duration from = Duration(0), Duration until = 60 * kMinute) {
    Silence silence;
    silence.matchers = std::move(matchers);
    silence.starts_at = clock_.Now() + from;
    silence.ends_at = clock_.Now() + until;
    silence.created_by = "someone";
    silence.comment = "a reason";
    return silence;
  }
  static model::Matcher Is(const char* name, const char* value) { return model::Matcher::Equal(name, value); }
  static model::Matcher Not(const char* name, const char* value) {
    return model::Matcher::Make(model::MatchOp::kNotEqual, name, value).value();
  }

  FakeClock clock_;
  Silences silences_{clock_};
};

TEST_F(SilencesTest, TakesAlertsThatAllMatchersTakeWhileItIsActive) {
  auto id = silences_.Set(Of({Is("job", "web"), Not("env", "dev")}, kMinute, 10 * kMinute));
  ASSERT_TRUE(id.has_value());
  const model::Labels labels{{"job", "web"}, {"env", "prod"}};
  EXPECT_THAT(silences_.SilencedBy(labels), IsEmpty()) << "it is pending";
  clock_.Advance(kMinute);
  EXPECT_THAT(silences_.SilencedBy(labels), ElementsAre(*id));
  EXPECT_THAT(silences_.SilencedBy({{"job", "web"}, {"env", "dev"}}), IsEmpty());
  EXPECT_THAT(silences_.SilencedBy({{"job", "web"}}), ElementsAre(*id));
  clock_.Advance(9 * kMinute);
  EXPECT_THAT(silences_.SilencedBy(labels), IsEmpty()) << "it has expired";
}

TEST_F(SilencesTest, FindsSilencesWithoutAnEqualityMatcher) {
  auto id = silences_.Set(Of({model::Matcher::Make(model::MatchOp::kRegex, "job", "w.+").value()}));
  EXPECT_THAT(silences_.SilencedBy({{"job", "web"}}), ElementsAre(id.value()));
  EXPECT_THAT(silences_.SilencedBy({{"job", "db"}}), IsEmpty());
}

TEST_F(SilencesTest, StartInThePastBecomesNow) {
  auto id = silences_.Set(Of({Is("job", "web")}, -kMinute));
  EXPECT_EQ(silences_.Find(*id)->starts_at, clock_.Now());
}

TEST_F(SilencesTest, ChangedEndOrCommentKeepsTheIdOfAnActiveOne) {
  auto id = silences_.Set(Of({Is("job", "web")}));
  Silence changed = *silences_.Find(*id);
  clock_.Advance(kMinute);
  changed.ends_at = clock_.Now() + kMinute;
  changed.comment = "another reason";
  EXPECT_EQ(silences_.Set(changed).value(), *id);
  EXPECT_EQ(silences_.Find(*id)->comment, "another reason");
  EXPECT_EQ(silences_.Find(*id)->updated_at, clock_.Now());
  EXPECT_THAT(silences_.All(), SizeIs(1));
}

TEST_F(SilencesTest, ChangedMatchersEndTheOldOneAndMakeANewOne) {
  auto id = silences_.Set(Of({Is("job", "web")}));
  Silence changed = *silences_.Find(*id);
  changed.matchers = {Is("job", "db")};
  auto other = silences_.Set(changed);
  ASSERT_TRUE(other.has_value());
  EXPECT_NE(*other, *id);
  EXPECT_EQ(silences_.Find(*id)->StateAt(clock_.Now()), SilenceState::kExpired);
  EXPECT_THAT(silences_.SilencedBy({{"job", "web"}}), IsEmpty());
  EXPECT_THAT(silences_.SilencedBy({{"job", "db"}}), SizeIs(1));
}

TEST_F(SilencesTest, ExpiredOneIsRevivedUnderANewId) {
  auto id = silences_.Set(Of({Is("job", "web")}));
  ASSERT_TRUE(silences_.Expire(*id).has_value());
  EXPECT_TRUE(silences_.Expire(*id).has_value()) << "a second time changes nothing";
  Silence again = Of({Is("job", "web")});
  again.id = *id;
  EXPECT_NE(silences_.Set(again).value(), *id);
  EXPECT_THAT(silences_.SilencedBy({{"job", "web"}}), SizeIs(1));
}

TEST_F(SilencesTest, ExpiringAPendingOneLeavesItNoTime) {
  auto id = silences_.Set(Of({Is("job", "web")}, kMinute));
  ASSERT_TRUE(silences_.Expire(*id).has_value());
  EXPECT_EQ(silences_.Find(*id)->starts_at, clock_.Now());
  clock_.Advance(2 * kMinute);
  EXPECT_THAT(silences_.SilencedBy({{"job", "web"}}), IsEmpty());
}

TEST_F(SilencesTest, UnknownIdIsNotFound) {
  Silence silence = Of({Is("job", "web")});
  silence.id = "11111111-1111-1111-1111-111111111111";
  EXPECT_EQ(silences_.Set(silence).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(silences_.Expire(silence.id).error().code(), ErrorCode::kNotFound);
}

TEST_F(SilencesTest, RefusesWhatWouldSilenceEverything) {
  EXPECT_THAT(silences_.Set(Of({})).error().message(), HasSubstr("at least one matcher required"));
  EXPECT_THAT(silences_.Set(Of({Is("job", "")})).error().message(),
              HasSubstr("must not match the empty string"));
  EXPECT_TRUE(silences_.Set(Of({Not("job", "web")})).has_value()) << "Alertmanager lets these be";
  EXPECT_THAT(silences_.Set(Of({Is("job", "web")}, kMinute, Duration(0))).error().message(),
              HasSubstr("end time must not be before start time"));
}

TEST_F(SilencesTest, KeepsToItsLimits) {
  Silences limited(clock_, {.max_silences = 1, .max_bytes = 400, .retention = kMinute});
  auto id = limited.Set(Of({Is("job", "web")}));
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(limited.Set(Of({Is("job", "db")})).error().code(), ErrorCode::kResourceExhausted);
  Silence changed = *limited.Find(*id);
  changed.comment = std::string(400, 'x');
  EXPECT_EQ(limited.Set(changed).error().code(), ErrorCode::kResourceExhausted);
  changed.comment = "short";
  EXPECT_EQ(limited.Set(changed).value(), *id) << "a change needs no room for another";
}

TEST_F(SilencesTest, TellsItsKeeperOfEveryChangeAndForgetsAfterTheRetention) {
  std::vector<std::string> kept;
  Silences silences(clock_, {.retention = kMinute}, [&](const std::string& id, const SilencePtr& silence) {
    kept.push_back(silence ? EncodeSilence(*silence) : "forgot " + id);
  });
  auto id = silences.Set(Of({Is("job", "web\n\"")}));
  ASSERT_THAT(kept, SizeIs(1));
  auto decoded = DecodeSilence(kept[0]);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->id, *id);
  EXPECT_EQ(decoded->matchers, silences.Find(*id)->matchers);
  ASSERT_TRUE(silences.Expire(*id).has_value());
  clock_.Advance(59 * kSecond);
  silences.Collect();
  EXPECT_THAT(silences.All(), SizeIs(1));
  clock_.Advance(kSecond);
  silences.Collect();
  EXPECT_THAT(silences.All(), IsEmpty());
  EXPECT_EQ(kept.back(), "forgot " + *id);
}

TEST(DecodeSilence, RefusesOtherTexts) {
  for (const char* text : {"", "[]", "{}", R"({"id":1})", R"({"id":"x","matchers":[[9,"a","b"]]})"}) {
    EXPECT_FALSE(DecodeSilence(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace tocsin::notify
