#include "alerting/notify/dispatch/alert_store.h"

#include <gmock/gmock.h>

#include "tests/alerting/notify/fakes.h"

namespace tocsin::notify {
namespace {

using testing::Firing;
using testing::kMinute;
using testing::Resolved;

const Timestamp kStart = Timestamp::FromMillis(1'700'000'000'000);

model::AlertPtr Sent(Duration starts, Duration ends, Duration updated) {
  model::Alert alert;
  alert.labels = {{"name", "a"}};
  alert.starts_at = kStart + starts;
  alert.ends_at = kStart + ends;
  alert.updated_at = kStart + updated;
  return std::make_shared<const model::Alert>(std::move(alert));
}

TEST(AlertStore, OverlapKeepsTheEarliestStart) {
  AlertStore store;
  store.Put(Sent(0 * kMinute, 10 * kMinute, 0 * kMinute), kStart);
  auto merged = store.Put(Sent(5 * kMinute, 15 * kMinute, 5 * kMinute), kStart + 5 * kMinute);
  EXPECT_EQ((*merged)->starts_at, kStart);
  EXPECT_EQ((*merged)->ends_at, kStart + 15 * kMinute);
  EXPECT_EQ(store.size(), 1U);
}

TEST(AlertStore, ResolutionEndsAFiringAlertBeforeItsPromise) {
  AlertStore store;
  auto firing = Sent(0 * kMinute, 10 * kMinute, 0 * kMinute);
  store.Put(firing, kStart);
  auto known = store.Put(Resolved(firing, kStart + 2 * kMinute), kStart + 2 * kMinute);
  EXPECT_TRUE((*known)->ResolvedAt(kStart + 2 * kMinute));
}

TEST(AlertStore, FiringAgainLaterIsANewActivity) {
  AlertStore store;
  auto firing = Sent(0 * kMinute, 10 * kMinute, 0 * kMinute);
  store.Put(firing, kStart);
  store.Put(Resolved(firing, kStart + 2 * kMinute), kStart + 2 * kMinute);
  auto again = store.Put(Sent(5 * kMinute, 15 * kMinute, 5 * kMinute), kStart + 5 * kMinute);
  EXPECT_EQ((*again)->starts_at, kStart + 5 * kMinute);
}

TEST(AlertStore, SameResolvedAlertAgainIsNothingNew) {
  AlertStore store;
  auto resolved = Resolved(Sent(0 * kMinute, 10 * kMinute, 0 * kMinute), kStart + 2 * kMinute);
  EXPECT_TRUE(store.Put(resolved, kStart + 2 * kMinute).has_value());
  EXPECT_FALSE(store.Put(std::make_shared<const model::Alert>(*resolved), kStart + 3 * kMinute).has_value());
}

TEST(AlertStore, ForgetsResolvedAlertsThatNobodyHolds) {
  AlertStore store;
  auto held =
      store.Put(Resolved(Sent(0 * kMinute, 10 * kMinute, 0 * kMinute), kStart + kMinute), kStart + kMinute);
  store.Put(Resolved(Firing({{"name", "b"}}, kStart), kStart + kMinute), kStart + kMinute);
  store.Put(Firing({{"name", "c"}}, kStart), kStart);
  store.Collect(kStart + 10 * kMinute, 20 * kMinute);
  EXPECT_EQ(store.size(), 3U);
  store.Collect(kStart + 22 * kMinute, 20 * kMinute);
  EXPECT_EQ(store.size(), 2U);
  held.reset();
  store.Collect(kStart + 22 * kMinute, 20 * kMinute);
  EXPECT_EQ(store.size(), 1U);
}

}  // namespace
}  // namespace tocsin::notify
