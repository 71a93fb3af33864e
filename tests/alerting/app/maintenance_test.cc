#include "alerting/maintenance.h"

#include <gmock/gmock.h>

namespace tocsin::app {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class MaintenanceMode : public ::testing::Test {
 protected:
  std::vector<std::string> Silenced() const {
    return silences_.SilencedBy({{"alertname", "Any"}, {"severity", "critical"}});
  }
  void Start(bool on) { ASSERT_TRUE(ApplyMaintenanceMode(silences_, on, clock_).has_value()); }

  FakeClock clock_{Timestamp::FromMillis(1'763'671'260'000)};
  notify::Silences silences_{clock_};
};

TEST_F(MaintenanceMode, SilencesEveryAlertAndEndsWithTheVariable) {
  Start(true);
  EXPECT_THAT(Silenced(), SizeIs(1));
  clock_.Advance(Duration(std::chrono::hours(24 * 400)));
  EXPECT_THAT(Silenced(), SizeIs(1));
  Start(false);
  EXPECT_THAT(Silenced(), IsEmpty());
}

TEST_F(MaintenanceMode, ARestartMakesNoSecondOne) {
  Start(true);
  Start(true);
  EXPECT_THAT(silences_.All(), SizeIs(1));
}

TEST_F(MaintenanceMode, LeavesWhatSomebodyBeganByCommand) {
  notify::Silence silence;
  silence.matchers = {*model::Matcher::Make(model::MatchOp::kRegex, "alertname", ".+")};
  silence.starts_at = clock_.Now();
  silence.ends_at = clock_.Now() + Duration(3'600'000);
  silence.created_by = kMaintenanceAuthor;
  silence.comment = "new disks";
  ASSERT_TRUE(silences_.Set(silence).has_value());
  Start(false);
  EXPECT_THAT(Silenced(), SizeIs(1));
}

}  // namespace
}  // namespace tocsin::app
