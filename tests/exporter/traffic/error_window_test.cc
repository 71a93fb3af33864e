#include "exporter/traffic/error_window.h"

#include <gtest/gtest.h>

namespace tocsin::traffic {
namespace {

const Timestamp kStart = Timestamp::FromMillis(1'700'000'000'000);

void AddMany(ErrorWindow& window, int count, bool is_error, Timestamp at = kStart) {
  for (int i = 0; i < count; ++i) window.Add(at, is_error);
}

TEST(ErrorWindow, HasNoRatioUnderTwentyRequests) {
  ErrorWindow window(200, 0.02);
  AddMany(window, 19, true);
  EXPECT_EQ(window.ratio(), std::nullopt);
  EXPECT_EQ(window.breaches(), 0U);
  window.Add(kStart, false);
  EXPECT_DOUBLE_EQ(window.ratio().value(), 0.95);
  EXPECT_EQ(window.breaches(), 1U);
}

TEST(ErrorWindow, HoldsOnlyTheLastRequests) {
  ErrorWindow window(50, 0.02);
  AddMany(window, 50, true);
  AddMany(window, 49, false);
  EXPECT_DOUBLE_EQ(window.ratio().value(), 0.02);
  window.Add(kStart, false);
  EXPECT_DOUBLE_EQ(window.ratio().value(), 0.0);
  EXPECT_EQ(window.requests(), 50U);
}

TEST(ErrorWindow, LetsRequestsOlderThanFiveMinutesGo) {
  ErrorWindow window(200, 0.02);
  AddMany(window, 30, true);
  AddMany(window, 25, false, kStart + Duration{1000});
  window.Expire(kStart + ErrorWindow::kMaxAge);
  EXPECT_EQ(window.requests(), 55U);
  window.Expire(kStart + ErrorWindow::kMaxAge + Duration{1});
  EXPECT_EQ(window.requests(), 25U);
  EXPECT_DOUBLE_EQ(window.ratio().value(), 0.0);
  window.Expire(kStart + ErrorWindow::kMaxAge + Duration{1001});
  EXPECT_EQ(window.ratio(), std::nullopt);
}

TEST(ErrorWindow, CountsUpwardCrossingsAlone) {
  ErrorWindow window(100, 0.02);
  AddMany(window, 98, false);
  AddMany(window, 2, true);  // 2 of 100 is the threshold, not above it
  EXPECT_EQ(window.breaches(), 0U);
  window.Add(kStart, true);
  EXPECT_EQ(window.breaches(), 1U);
  AddMany(window, 10, true);
  EXPECT_EQ(window.breaches(), 1U) << "still the same breach";
  AddMany(window, 100, false);
  EXPECT_EQ(window.breaches(), 1U);
  AddMany(window, 3, true);
  EXPECT_EQ(window.breaches(), 2U);
}

TEST(ErrorWindow, ABreachCanComeFromGoodRequestsGrowingOld) {
  ErrorWindow window(200, 0.10);
  AddMany(window, 100, false);
  AddMany(window, 20, false, kStart + Duration{2000});
  AddMany(window, 5, true, kStart + Duration{2000});
  EXPECT_EQ(window.breaches(), 0U);
  window.Expire(kStart + ErrorWindow::kMaxAge + Duration{1000});
  EXPECT_EQ(window.breaches(), 1U);
}

TEST(ErrorWindow, GoesOnAfterARestart) {
  ErrorWindow window(100, 0.02);
  AddMany(window, 150, false);
  AddMany(window, 3, true, kStart + Duration{5});
  checkpoint::Writer saved;
  window.Save(saved);
  for (const size_t size : {size_t{100}, size_t{40}}) {
    ErrorWindow restored(size, 0.02);
    checkpoint::Reader reader(saved.bytes());
    ASSERT_TRUE(restored.Restore(reader).has_value());
    EXPECT_EQ(restored.requests(), size);
    EXPECT_DOUBLE_EQ(restored.ratio().value(), 3.0 / static_cast<double>(size));
    EXPECT_EQ(restored.breaches(), 1U);
    restored.Add(kStart + Duration{6}, true);
    EXPECT_EQ(restored.breaches(), 1U) << "still the same breach";
    restored.Expire(kStart + ErrorWindow::kMaxAge + Duration{6});
    EXPECT_EQ(restored.requests(), 1U);
  }
}

TEST(ErrorWindow, LeavesTheRatioFamilyOutWhenThereIsNone) {
  ErrorWindow window(200, 0.02);
  std::string out;
  exposition::Writer writer(out, exposition::Format::kText);
  window.Write(writer);
  EXPECT_EQ(out.find("nginx_error_window_ratio"), std::string::npos);
  EXPECT_NE(out.find("nginx_error_window_requests 0\n"), std::string::npos);
  EXPECT_NE(out.find("nginx_error_window_breaches_total 0\n"), std::string::npos);
  EXPECT_NE(out.find("nginx_error_rate_threshold_ratio 0.02\n"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::traffic
