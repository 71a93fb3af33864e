#include "alerting/notify/inhibit/inhibitor.h"

#include <gmock/gmock.h>

#include "tests/alerting/notify/fakes.h"

namespace tocsin::notify {
namespace {

using model::MatchOp;
using testing::Firing;
using ::testing::IsEmpty;
using testing::kMinute;
using testing::Resolved;
using ::testing::SizeIs;

const Timestamp kNow = Timestamp::FromMillis(1'700'000'000'000);

model::Matcher Is(const char* name, const char* value) { return model::Matcher::Equal(name, value); }
model::Matcher Like(const char* name, const char* value) {
  return model::Matcher::Make(MatchOp::kRegex, name, value).value();
}

Inhibitor OneRule(model::Matchers source, model::Matchers target, std::vector<std::string> equal = {}) {
  return Inhibitor({InhibitRuleOptions{std::move(source), std::move(target), std::move(equal)}});
}

TEST(Inhibitor, FiringSourceInhibitsTargetsWithEqualLabels) {
  Inhibitor inhibitor = OneRule({Is("severity", "critical")}, {Is("severity", "warning")}, {"cluster"});
  auto source = Firing({{"severity", "critical"}, {"cluster", "a"}}, kNow);
  inhibitor.Update(source);
  const model::Labels target{{"severity", "warning"}, {"cluster", "a"}};
  ASSERT_THAT(inhibitor.InhibitedBy(target, kNow), SizeIs(1));
  EXPECT_EQ(inhibitor.InhibitedBy(target, kNow)[0], source->labels.Fingerprint());
  EXPECT_THAT(inhibitor.InhibitedBy({{"severity", "warning"}, {"cluster", "b"}}, kNow), IsEmpty());
  EXPECT_THAT(inhibitor.InhibitedBy({{"severity", "info"}, {"cluster", "a"}}, kNow), IsEmpty());
}

TEST(Inhibitor, MissingLabelEqualsEmpty) {
  Inhibitor inhibitor = OneRule({Is("severity", "critical")}, {Is("severity", "warning")}, {"cluster"});
  inhibitor.Update(Firing({{"severity", "critical"}}, kNow));
  EXPECT_THAT(inhibitor.InhibitedBy({{"severity", "warning"}}, kNow), SizeIs(1));
  EXPECT_THAT(inhibitor.InhibitedBy({{"severity", "warning"}, {"cluster", "a"}}, kNow), IsEmpty());
}

TEST(Inhibitor, AlertOfBothSidesIsInhibitedOnlyByOneThatIsNot) {
  Inhibitor inhibitor = OneRule({Like("severity", "critical|page")}, {Like("severity", "critical|warning")});
  const model::Labels both{{"severity", "critical"}, {"name", "a"}};
  inhibitor.Update(Firing({{"severity", "critical"}, {"name", "b"}}, kNow));
  EXPECT_THAT(inhibitor.InhibitedBy(both, kNow), IsEmpty());
  EXPECT_THAT(inhibitor.InhibitedBy({{"severity", "warning"}}, kNow), SizeIs(1));
  inhibitor.Update(Firing({{"severity", "page"}, {"name", "c"}}, kNow));
  EXPECT_THAT(inhibitor.InhibitedBy(both, kNow), SizeIs(1));
}

TEST(Inhibitor, InhibitsForAsLongAsAnySourceFires) {
  Inhibitor inhibitor = OneRule({Is("severity", "critical")}, {Is("severity", "warning")}, {"cluster"});
  auto first = Firing({{"severity", "critical"}, {"name", "a"}}, kNow);
  auto second = Firing({{"severity", "critical"}, {"name", "b"}}, kNow);
  inhibitor.Update(first);
  inhibitor.Update(second);
  const Timestamp later = kNow + kMinute;
  inhibitor.Update(Resolved(second, later));
  EXPECT_THAT(inhibitor.InhibitedBy({{"severity", "warning"}}, later), SizeIs(1));
  inhibitor.Collect(later);
  EXPECT_THAT(inhibitor.InhibitedBy({{"severity", "warning"}}, later), SizeIs(1));
  inhibitor.Update(Resolved(first, later));
  EXPECT_THAT(inhibitor.InhibitedBy({{"severity", "warning"}}, later), IsEmpty());
}

TEST(Inhibitor, SourceThatIsNotSentAgainEndsWithItsPromise) {
  Inhibitor inhibitor = OneRule({Is("severity", "critical")}, {Is("severity", "warning")});
  inhibitor.Update(Firing({{"severity", "critical"}}, kNow, kMinute));
  EXPECT_THAT(inhibitor.InhibitedBy({{"severity", "warning"}}, kNow), SizeIs(1));
  EXPECT_THAT(inhibitor.InhibitedBy({{"severity", "warning"}}, kNow + kMinute), IsEmpty());
}

}  // namespace
}  // namespace tocsin::notify
