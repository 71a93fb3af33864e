#include "exporter/parse/upstream_list.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::parse {
namespace {

using testing::ElementsAre;

/// The elements with the joint before each: "a", "+b" for a retry, ">b" for a redirect.
std::vector<std::string> Elements(std::string_view text) {
  std::vector<std::string> out;
  UpstreamList list(text);
  std::string_view element;
  UpstreamList::Joint joint{};
  while (list.Next(element, joint)) {
    const std::string_view mark = joint == UpstreamList::Joint::kRetry      ? "+"
                                  : joint == UpstreamList::Joint::kRedirect ? ">"
                                                                            : "";
    out.push_back(std::string(mark) + std::string(element));
  }
  return out;
}

/// "address status micros", with a '+' before retries.
std::vector<std::string> Attempts(std::string_view addresses, std::string_view statuses,
                                  std::string_view times) {
  LogRecord record;
  record.Set(Field::kUpstreamAddr, addresses);
  record.Set(Field::kUpstreamStatus, statuses);
  record.Set(Field::kUpstreamResponseTime, times);
  std::vector<std::string> out;
  AttemptReader reader(record);
  Attempt attempt;
  while (reader.Next(attempt)) {
    out.push_back((attempt.is_retry ? "+" : "") + std::string(attempt.address) + " " +
                  std::to_string(attempt.status) + " " +
                  (attempt.response_micros != kNoMicros ? std::to_string(attempt.response_micros) : "-"));
  }
  return out;
}

TEST(UpstreamList, SplitsAtNginxSeparatorsOnly) {
  EXPECT_THAT(Elements(""), ElementsAre());
  EXPECT_THAT(Elements("-"), ElementsAre("-"));
  EXPECT_THAT(Elements("10.0.0.1:80"), ElementsAre("10.0.0.1:80"));
  EXPECT_THAT(Elements("10.0.0.1:80, 10.0.0.2:80, 10.0.0.3:80"),
              ElementsAre("10.0.0.1:80", "+10.0.0.2:80", "+10.0.0.3:80"));
  EXPECT_THAT(Elements("500, 200 : 200"), ElementsAre("500", "+200", ">200"));
  EXPECT_THAT(Elements("[::1]:80, unix:/run/a:b.sock, [fe80::1%eth0]:80"),
              ElementsAre("[::1]:80", "+unix:/run/a:b.sock", "+[fe80::1%eth0]:80"));
}

TEST(UpstreamList, KeepsEmptyElementsButNotAfterATrailingSeparator) {
  EXPECT_THAT(Elements("10.0.0.1:80 : "), ElementsAre("10.0.0.1:80"));
  EXPECT_THAT(Elements(" : 10.0.0.1:80"), ElementsAre("", ">10.0.0.1:80"));
  EXPECT_THAT(Elements("a, , b"), ElementsAre("a", "+", "+b"));
}

TEST(AttemptReader, ZipsTheListsByPosition) {
  EXPECT_THAT(Attempts("10.0.0.1:80, 10.0.0.2:80", "500, 200", "0.002, 0.021"),
              ElementsAre("10.0.0.1:80 500 2000", "+10.0.0.2:80 200 21000"));
  EXPECT_THAT(Attempts("unix:/run/a.sock", "200", "1.5"), ElementsAre("unix:/run/a.sock 200 1500000"));
}

TEST(AttemptReader, TellsARedirectFromARetry) {
  EXPECT_THAT(Attempts("a:1, b:1 : c:1", "502, 200 : 200", "0.001, 0.002 : 0.003"),
              ElementsAre("a:1 502 1000", "+b:1 200 2000", "c:1 200 3000"));
}

TEST(AttemptReader, LeavesUnsetWhatNginxLeftUnset) {
  EXPECT_THAT(Attempts("a:1, b:1", "-, 200", "-, 0.010"), ElementsAre("a:1 0 -", "+b:1 200 10000"));
  EXPECT_THAT(Attempts("a:1, b:1", "504, 200", ""), ElementsAre("a:1 504 -", "+b:1 200 -"));
}

TEST(AttemptReader, PassesOverRequestsThatReachedNoServer) {
  EXPECT_THAT(Attempts("", "", ""), ElementsAre());
  EXPECT_THAT(Attempts("-", "-", "-"), ElementsAre());
}

TEST(AttemptReader, MakesDoWithOneList) {
  EXPECT_THAT(Attempts("a:1, b:1", "", ""), ElementsAre("a:1 0 -", "+b:1 0 -"));
  EXPECT_THAT(Attempts("", "500, 200", ""), ElementsAre(" 500 -", "+ 200 -"));
}

TEST(AttemptReader, GoesOnToTheEndOfTheLongestList) {
  EXPECT_THAT(Attempts("a:1", "500, 502, 200", "0.001"), ElementsAre("a:1 500 1000", "+ 502 -", "+ 200 -"));
}

}  // namespace
}  // namespace tocsin::parse
