#include "alerting/remote/write_receiver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerting/store/store.h"

namespace tocsin::remote {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ReceiverTest : public ::testing::Test {
 protected:
  Timestamp At(int64_t seconds) const { return clock_.Now() + Duration(seconds * 1000); }
  void Add(std::string name, const std::vector<std::pair<int64_t, double>>& samples) {
    std::vector<TimeSample> written;
    written.reserve(samples.size());
    for (const auto& [seconds, value] : samples) written.push_back({At(seconds).millis(), value});
    AppendSeries(request_, model::Labels{{"__name__", std::move(name)}}, written);
  }
  Status Send() {
    const std::string body = Pack(request_);
    request_.clear();
    return receiver_.Receive(body);
  }
  std::vector<double> ValuesOf(const std::string& name) const {
    auto found =
        store_.Select({model::Matcher::Equal("__name__", name)}, {Timestamp::Min(), Timestamp::Max()}, {});
    EXPECT_TRUE(found);
    if (!found || found->empty()) return {};
    return {found->front().values.begin(), found->front().values.end()};
  }

  FakeClock clock_;
  store::Store store_{{.max_series = 3}};
  WriteReceiver receiver_{store_, clock_, {.max_decompressed_bytes = 1000}, Logger()};
  std::string request_;
};

TEST_F(ReceiverTest, StoresSamplesWithTheirBits) {
  Add("a", {{0, 1}, {1, model::StaleNan()}, {2, -0.0}});
  ASSERT_TRUE(Send());
  const std::vector<double> values = ValuesOf("a");
  ASSERT_EQ(values.size(), 3U);
  EXPECT_TRUE(model::IsStaleNan(values[1]));
  EXPECT_TRUE(std::signbit(values[2]));
  EXPECT_EQ(receiver_.stats().samples, 3U);
}

TEST_F(ReceiverTest, KeepsWhatIsGoodOfARequest) {
  Add("a", {{5, 1}});
  ASSERT_TRUE(Send());
  Add("a", {{4, 7}, {6, 2}});
  Add("b", {{9, 3}, {8, 3}, {10, 4}});
  const Status sent = Send();
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(sent.error().message(),
              StartsWith("2 of 5 samples refused, the first: a at 1700000004000: out of order"));
  EXPECT_EQ(ValuesOf("a"), (std::vector<double>{1, 2}));
  EXPECT_EQ(ValuesOf("b"), (std::vector<double>{3, 4}));
  EXPECT_EQ(receiver_.stats().samples_refused, 2U);
  EXPECT_EQ(receiver_.stats().requests_failed, 1U);
}

TEST_F(ReceiverTest, RefusesSamplesOfTheFuture) {
  Add("a", {{600, 1}, {601, 2}});
  EXPECT_THAT(Send().error().message(), HasSubstr("too far in the future"));
  EXPECT_EQ(ValuesOf("a"), std::vector<double>{1});
}

TEST_F(ReceiverTest, RefusesNativeHistogramsByThemselves) {
  Add("a", {{0, 1}});
  std::string series;
  std::string label;
  AppendBytesField(label, 1, "__name__");
  AppendBytesField(label, 2, "h");
  AppendBytesField(series, 1, label);
  AppendBytesField(series, 4, "");
  AppendBytesField(request_, 1, series);
  const Status sent = Send();
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().message(),
            "1 of 2 samples refused, the first: native histograms can't be stored: h");
  EXPECT_EQ(ValuesOf("a"), std::vector<double>{1});
}

TEST_F(ReceiverTest, SaysWhenThereAreTooManySeries) {
  for (const char* name : {"a", "b", "c", "d"}) Add(name, {{0, 1}});
  EXPECT_EQ(Send().error().code(), ErrorCode::kResourceExhausted);
  Add("e", {{0, 1}});
  Add("a", {{-1, 1}});
  EXPECT_EQ(Send().error().code(), ErrorCode::kInvalidArgument)
      << "the sender's fault counts before our limit";
}

TEST_F(ReceiverTest, StoresNothingOfAMalformedRequest) {
  Add("a", {{0, 1}});
  request_ += "\x0a\x05";
  EXPECT_THAT(Send().error().message(), HasSubstr("no prometheus.WriteRequest"));
  EXPECT_TRUE(ValuesOf("a").empty());
  EXPECT_THAT(receiver_.Receive("text").error().message(), HasSubstr("snappy"));
  EXPECT_THAT(receiver_.Receive(Pack(std::string(1001, 'x'))).error().message(), HasSubstr("at most 1000"));
}

}  // namespace
}  // namespace tocsin::remote
