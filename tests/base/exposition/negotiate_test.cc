#include <gtest/gtest.h>

#include "base/exposition/writer.h"

namespace tocsin::exposition {
namespace {

TEST(Negotiate, AnswersTextWhenNothingIsAsked) {
  EXPECT_EQ(Negotiate(""), Format::kText);
  EXPECT_EQ(Negotiate("*/*"), Format::kText);
  EXPECT_EQ(Negotiate("application/json"), Format::kText);
}

TEST(Negotiate, GivesPrometheusOpenMetrics) {
  EXPECT_EQ(Negotiate("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                      "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,"
                      "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"),
            Format::kOpenMetrics);
}

TEST(Negotiate, FollowsTheWeights) {
  EXPECT_EQ(Negotiate("application/openmetrics-text;q=0.2, text/plain;q=0.8"), Format::kText);
  EXPECT_EQ(Negotiate("text/plain;q=0.2 , application/openmetrics-text ; q=0.8"), Format::kOpenMetrics);
  EXPECT_EQ(Negotiate("text/plain, application/openmetrics-text"), Format::kText);
}

TEST(Negotiate, PassesOverWhatItCannotWrite) {
  EXPECT_EQ(Negotiate("application/openmetrics-text;version=9.0.0,text/plain;q=0.1"), Format::kText);
  EXPECT_EQ(Negotiate("application/openmetrics-text;q=0"), Format::kText);
  EXPECT_EQ(Negotiate("application/vnd.google.protobuf;q=0.9,application/openmetrics-text;q=0.1"),
            Format::kOpenMetrics);
}

TEST(ContentType, NamesTheVersion) {
  EXPECT_EQ(ContentType(Format::kText), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(ContentType(Format::kOpenMetrics), "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

}  // namespace
}  // namespace tocsin::exposition
