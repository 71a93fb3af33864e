#include "exporter/evidence/page.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tocsin::evidence {
namespace {

class EvidencePage : public testing::Test {
 protected:
  EvidencePage() {
    parse::LogRecord record;
    record.Set(parse::Field::kStatus, "200");
    record.Set(parse::Field::kUpstreamStatus, "500, 200");
    Classes classes;
    classes.Add(Class::kError);
    classes.Add(Class::kRetry);
    ring_.Add(Timestamp::FromMillis(1'700'000'000'250), classes, "green", record, "a line \xff");
    for (int i = 0; i < 60; ++i) {
      Classes slow;
      slow.Add(Class::kSlow);
      ring_.Add(Timestamp::FromMillis(1'700'000'001'000 + i), slow, "blue", record, "slow");
    }
  }

  http::Response Ask(std::string_view query) {
    http::Request request;
    request.query = http::Parameters::Parse(query);
    return Answer(ring_, request);
  }

  Ring ring_{{}};
};

TEST_F(EvidencePage, ShowsFieldsAndLine) {
  const http::Response response = Ask("pool=green&class=retry&limit=5");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(nlohmann::json::parse(response.body), nlohmann::json::parse(R"({"lines":[{
      "time":"2023-11-14T22:13:20.250Z","classes":["error","retry"],"pool":"green","cut":false,
      "fields":{"status":"200","upstream_status":"500, 200"},"line":"a line \ufffd"}]})"));
}

TEST_F(EvidencePage, GivesFiftyLinesUnlessTold) {
  EXPECT_EQ(nlohmann::json::parse(Ask("").body)["lines"].size(), 50U);
  EXPECT_EQ(nlohmann::json::parse(Ask("class=&pool=&limit=100").body)["lines"].size(), 61U);
}

TEST_F(EvidencePage, RefusesWhatItDoesNotKnow) {
  for (const char* query : {"class=warm", "limit=0", "limit=-1", "limit=x", "limit=10001"}) {
    const http::Response response = Ask(query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_TRUE(nlohmann::json::parse(response.body).contains("error"));
  }
}

}  // namespace
}  // namespace tocsin::evidence
