#include "base/error.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(Error, PrintsItsPlaceBeforeTheMessage) {
  EXPECT_EQ(Error(ErrorCode::kInvalidArgument, "bad", {"f.yml", 3, 7}).ToString(), "f.yml:3:7: bad");
  EXPECT_EQ(Error(ErrorCode::kInvalidArgument, "bad", {"f.yml", 3, 0}).ToString(), "f.yml:3: bad");
  EXPECT_EQ(Error(ErrorCode::kInvalidArgument, "bad", {"", 1, 5}).ToString(), "1:5: bad");
  EXPECT_EQ(Error(ErrorCode::kIo, "bad", {"f.yml"}).ToString(), "f.yml: bad");
  EXPECT_EQ(Error(ErrorCode::kIo, "bad").ToString(), "bad");
}

TEST(Error, IsRetryableByItsCodeUnlessSaidOtherwise) {
  EXPECT_TRUE(Error(ErrorCode::kUnavailable, "x").retryable());
  EXPECT_TRUE(Error(ErrorCode::kTimeout, "x").retryable());
  EXPECT_FALSE(Error(ErrorCode::kInvalidArgument, "x").retryable());
  EXPECT_FALSE(Error(ErrorCode::kUnavailable, "x").Retryable(false).retryable());
  EXPECT_TRUE(Error(ErrorCode::kPermission, "x").Retryable(true).retryable());
}

TEST(Error, ContextGoesBeforeTheMessageAndKeepsThePlace) {
  Error error = Error(ErrorCode::kIo, "disk full", {"a", 1, 2}).WithContext("write checkpoint");
  EXPECT_EQ(error.ToString(), "a:1:2: write checkpoint: disk full");
  EXPECT_EQ(error.code(), ErrorCode::kIo);
}

TEST(Errors, PrintOneALine) {
  EXPECT_EQ(ToString(Errors{Error(ErrorCode::kIo, "a"), Error(ErrorCode::kIo, "b")}), "a\nb");
}

}  // namespace
}  // namespace tocsin
