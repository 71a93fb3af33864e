#include "alerting/web/json.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace tocsin::web {
namespace {

using model::Labels;

// What a Prometheus 3.5.3 answered for vector(…) and for the scalar.
TEST(FormatSampleValue, PrintsAsPrometheusDoes) {
  EXPECT_EQ(FormatSampleValue(1), "1");
  EXPECT_EQ(FormatSampleValue(-0.0), "-0");
  EXPECT_EQ(FormatSampleValue(0.1), "0.1");
  EXPECT_EQ(FormatSampleValue(1e-6), "0.000001");
  EXPECT_EQ(FormatSampleValue(1e-7), "1e-07");
  EXPECT_EQ(FormatSampleValue(-1.2e-8), "-1.2e-08");
  EXPECT_EQ(FormatSampleValue(1e21), "1e+21");
  EXPECT_EQ(FormatSampleValue(123456789012345678901.0), "123456789012345680000");
  EXPECT_EQ(FormatSampleValue(1234.5), "1234.5");
  EXPECT_EQ(FormatSampleValue(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(FormatSampleValue(-std::numeric_limits<double>::infinity()), "-Inf");
  EXPECT_EQ(FormatSampleValue(model::NormalNan()), "NaN");
  EXPECT_EQ(FormatFixed(1e21), "1000000000000000000000");
  EXPECT_EQ(FormatFixed(1e-7), "0.0000001");
}

TEST(AppendJsonTime, TrimsZeros) {
  auto text = [](int64_t millis) {
    std::string out;
    AppendJsonTime(out, Timestamp::FromMillis(millis));
    return out;
  };
  EXPECT_EQ(text(1'700'000'000'000), "1700000000");
  EXPECT_EQ(text(1'700'000'000'250), "1700000000.25");
  EXPECT_EQ(text(1'700'000'000'009), "1700000000.009");
  EXPECT_EQ(text(-1'500), "-1.5");
  EXPECT_EQ(text(-500), "-0.5");
}

TEST(AppendJsonResult, PrintsEveryValueAlike) {
  std::mt19937_64 random(7);
  model::MatrixSeries series;
  std::string expected = "[";
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t bits = random();
    double value = std::bit_cast<double>(bits);
    if (i % 30 == 0) value = static_cast<double>(static_cast<int32_t>(bits)) / std::pow(10, i / 30 % 5);
    if (i % 3 == 1) value = static_cast<double>(static_cast<int64_t>(bits) >> (i % 60)) / 1000;
    if (i % 3 == 2) value = static_cast<double>(static_cast<int64_t>(bits) >> (i % 60));
    series.samples.push_back({Timestamp::FromMillis(i), value});
    std::string time;
    AppendJsonTime(time, Timestamp::FromMillis(i));
    expected += (i == 0 ? "[" : ",[") + time + ",\"" + FormatSampleValue(value) + "\"]";
  }
  std::string text;
  AppendJsonResult(text, {model::Matrix{series, series}, {}, {}, {}});
  EXPECT_EQ(text, R"({"resultType":"matrix","result":[{"metric":{},"values":)" + expected +
                      R"(]},{"metric":{},"values":)" + expected + "]}]}");
}

TEST(AppendJsonResult, PrintsEachType) {
  Timestamp t = Timestamp::FromMillis(1'500);
  auto text = [](const model::QueryResult& result) {
    std::string out;
    AppendJsonResult(out, result);
    return out;
  };
  EXPECT_EQ(
      text({model::Vector{{Labels({{"__name__", "up"}, {"a", "\"\n"}}), t, 1.0}}, {}, {}, {}}),
      R"({"resultType":"vector","result":[{"metric":{"__name__":"up","a":"\"\n"},"value":[1.5,"1"]}]})");
  EXPECT_EQ(
      text({model::Matrix{{Labels(), {{t, 1.0}, {t + Duration(500), 2.0}}}, {Labels({{"a", "b"}}), {}}},
            {},
            {},
            {}}),
      R"({"resultType":"matrix","result":[{"metric":{},"values":[[1.5,"1"],[2,"2"]]},{"metric":{"a":"b"},"values":[]}]})");
  EXPECT_EQ(text({model::Scalar{t, 1e21}, {}, {}, {}}),
            R"({"resultType":"scalar","result":[1.5,"1000000000000000000000"]})");
  EXPECT_EQ(text({model::String{t, "x\xff"}, {}, {}, {}}),
            "{\"resultType\":\"string\",\"result\":[1.5,\"x\xef\xbf\xbd\"]}");
}

TEST(Success, CarriesWarningsAndInfosWhenThereAreAny) {
  EXPECT_EQ(Success("[]").body, R"({"status":"success","data":[]})");
  EXPECT_EQ(Success("[]", {"a"}, {"b", "c"}).body,
            R"({"status":"success","data":[],"warnings":["a"],"infos":["b","c"]})");
}

}  // namespace
}  // namespace tocsin::web
