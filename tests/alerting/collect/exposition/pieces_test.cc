#include "alerting/collect/exposition/pieces.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/alerting/collect/exposition/read_all.h"

namespace tocsin::collect {
namespace {

const std::vector<std::string> kTexts = {
    "",
    "\n\n  \n",
    "a 1",
    "a 1\n",
    "a 1\na 2\nb{x=\"y\"} 3 1234\nb{x=\"y\"} 4 1235\n",
    "# HELP a some \\\\ text\n# TYPE a counter\n# a remark\n#\na 1\n\t\n a 2  77  \n#",
    "{\"a.b\",\"c d\"=\"e\\\"f\\\\\"} +Inf\n{ \"a.b\" , x = \"}\" } -0.5e-3\n",
    "a{x=\"over\ntwo lines\"} 1\na{x=\"over\ntwo lines\"} 2\nb 3\nb{\n} 4\n",
    "a{x=\"over\n\nthree lines\"} 1\nb one\n",
    "a{x=\"1\"} 1\nb{x=\"not closed} 2\nc{y=\"2\"} 3\nd 4\n",
    "a 1\nb{x=\"a backslash at the end\\\n\"} 2\n",
    "a 1\nb{x} 2\n",
    "a 1\nb 1 2 3\n",
    "a 1\n\nb x\n",
    "a 1\r\n",
    "a 1\n# TYPE b wrong\n",
    "a 1\nb",
    "a 1\n1b 2\n",
    "a{b 1\nc{d=\"1\"} 2\n",
};

const std::vector<std::string> kOpenMetrics = {
    "",
    "# EOF",
    "# EOF\n",
    "# EOF\n\n",
    "# EOFa 1\n",
    "a 1\n",
    "a 1\n# EOF\nb 1\n",
    "# HELP a text \\\" \\n\n# TYPE a counter\n# UNIT a_b b\na_total 1\na_total 2 1.5\n# EOF\n",
    "a_total{x=\"y\"} 1 # {id=\"t\"} 0.5\na_total{x=\"y\"} 1 1.5 # {id=\"t\"} 0.5 2.5\na_total 1 2\n# EOF",
    "a_total 1 # {id=\"t} 0.5\nb 1\n# EOF\n",
    "a_total 1 # {id=\"t\"\nb=\"c\"} 0.5\n# EOF\n",
    "a_total 1 # \nb 1\n# EOF\n",
    "a 1 \nb 1\n# EOF\n",
    "a 1  2\nb 1\n# EOF\n",
    "a 1 # \n# EOF\n",
    "a{\n} 1\n# EOF\n",
    "a{x=\"\n\"} 1\n# EOF\n",
    "# a remark\n# EOF\n",
};

void ExpectTheSame(const std::string& body, BodyFormat format) {
  for (const bool guess : {false, true}) {
    const std::string whole = ReadWhole(body, format, guess);
    for (size_t cut = 0; cut <= body.size(); ++cut) {
      const auto two = [&, first = true]() mutable {
        return std::exchange(first, false) ? cut : body.size();
      };
      EXPECT_EQ(ReadPieces(body, format, guess, two), whole) << body << " cut at " << cut;
    }
    for (size_t size = 1; size <= 20; ++size) {
      EXPECT_EQ(ReadPieces(body, format, guess, [&] { return size; }), whole) << body << " in " << size;
    }
  }
}

TEST(PieceParserTest, TextCutAnywhereReadsTheSame) {
  for (const std::string& body : kTexts) ExpectTheSame(body, BodyFormat::kText);
}

TEST(PieceParserTest, OpenMetricsCutAnywhereReadsTheSame) {
  for (const std::string& body : kOpenMetrics) ExpectTheSame(body, BodyFormat::kOpenMetrics);
}

TEST(PieceParserTest, TellsTheLineOfAFaultFarIntoTheBody) {
  std::string body;
  for (int i = 0; i < 10'000; ++i) body += "a{x=\"y\"} 1\n";
  body += "  b{x=\"y\"} one\n";
  const std::string read = ReadPieces(body, BodyFormat::kText, true, [] { return 4096; });
  EXPECT_EQ(read.substr(read.rfind('\n')), "\n10001:12: \"one\" is no valid value");
}

/// Were it read again with each piece, this would take minutes.
TEST(PieceParserTest, QuotesThatAreNeverClosedAreNotReadAgainWithEachPiece) {
  std::string body = "a{x=\"";
  for (int i = 0; i < 500'000; ++i) body += "y 1\n";
  EXPECT_EQ(ReadPieces(body, BodyFormat::kText, false, [] { return 8; }),
            "1:1: expected a metric name or labels in braces that close");
}

}  // namespace
}  // namespace tocsin::collect
