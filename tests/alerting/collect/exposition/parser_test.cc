#include "alerting/collect/exposition/parser.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::collect {
namespace {

using testing::ElementsAre;

/// Every entry as one line; an error as the last.
std::vector<std::string> ReadAll(std::string_view body, BodyFormat format, std::string_view guess = {}) {
  Parser parser(body, format);
  std::vector<std::string> out;
  for (;;) {
    const Result<Parser::Entry> entry = parser.TakeKnown(guess) ? Parser::Entry::kSample : parser.Next();
    if (!entry) {
      out.push_back("error " + entry.error().ToString());
      return out;
    }
    switch (*entry) {
      case Parser::Entry::kEnd:
        return out;
      case Parser::Entry::kMore:
        out.emplace_back("more of what is whole");
        return out;
      case Parser::Entry::kHelp:
        out.push_back("help " + parser.name() + " " + parser.text());
        break;
      case Parser::Entry::kType:
        out.push_back("type " + parser.name() + " " + parser.text());
        break;
      case Parser::Entry::kUnit:
        out.push_back("unit " + parser.name() + " " + parser.text());
        break;
      case Parser::Entry::kSample: {
        const auto labels = parser.ReadLabels();
        std::string line = labels ? model::Labels(*labels).ToString() : "labels " + labels.error().ToString();
        line += fmt::format(" {}", parser.value());
        if (const auto timestamp = parser.timestamp()) line += fmt::format(" @{}", timestamp->millis());
        if (const auto& exemplar = parser.exemplar()) {
          line += fmt::format(" # {} {}", model::Labels(exemplar->labels).ToString(), exemplar->value);
        }
        out.push_back(line);
      }
    }
  }
}

std::vector<std::string> Text(std::string_view body) { return ReadAll(body, BodyFormat::kText); }
std::vector<std::string> Open(std::string_view body) { return ReadAll(body, BodyFormat::kOpenMetrics); }

TEST(TextFormat, ReadsSamplesCommentsAndMetadata) {
  EXPECT_THAT(
      Text("# HELP http_requests_total Requests\\nof \\\"all\\\" kinds.\n"
           "# TYPE http_requests_total counter\n"
           "# just a remark\n"
           "#and another\n"
           "\n"
           "http_requests_total{code=\"200\",method=\"get\"} 1027 1395066363000\n"
           "  b 2\n"
           "c\t+Inf\n"),
      ElementsAre("help http_requests_total Requests\nof \\\"all\\\" kinds.",
                  "type http_requests_total counter",
                  "http_requests_total{code=\"200\", method=\"get\"} 1027 @1395066363000", "b 2", "c inf"));
}

TEST(TextFormat, NeedsNoNewlineAtTheEnd) { EXPECT_THAT(Text("a 1"), ElementsAre("a 1")); }

TEST(TextFormat, AnEmptyBodyIsEmpty) { EXPECT_THAT(Text(""), ElementsAre()); }

TEST(TextFormat, ReadsQuotedNames) {
  EXPECT_THAT(Text("# TYPE \"a.b\" gauge\n{\"a.b\",x=\"1\"} 1\n"),
              ElementsAre("type a.b gauge", "{\"a.b\", x=\"1\"} 1"));
}

TEST(TextFormat, ALabelValueMayHoldANewline) {
  EXPECT_THAT(Text("a{x=\"1\n2\"} 1\nb x\n"),
              ElementsAre("a{x=\"1\\n2\"} 1", "error 3:3: \"x\" is no valid value"));
}

TEST(TextFormat, RefusesWithLineAndColumn) {
  EXPECT_THAT(Text("a 1\na one\n"), ElementsAre("a 1", "error 2:3: \"one\" is no valid value"));
  EXPECT_THAT(Text("a 1\r\n"), ElementsAre("error 1:3: \"1\\r\" is no valid value"));
  EXPECT_THAT(Text("a 1 1.5\n"), ElementsAre("error 1:5: \"1.5\" is no timestamp in milliseconds"));
  EXPECT_THAT(Text("a 1 2 3\n"), ElementsAre("error 1:7: expected the end of the line"));
  EXPECT_THAT(Text("a 1 # x\n"), ElementsAre("error 1:5: \"#\" is no timestamp in milliseconds"));
  EXPECT_THAT(Text("a\n"), ElementsAre("error 1:2: \"\" is no valid value"));
  EXPECT_THAT(Text("1a 1\n"),
              ElementsAre("error 1:1: expected a metric name or labels in braces that close"));
  EXPECT_THAT(Text("a{x=\"1} 1\n"),
              ElementsAre("error 1:1: expected a metric name or labels in braces that close"));
  EXPECT_THAT(Text("# TYPE a foo\n"), ElementsAre("error 1:1: invalid metric type \"foo\""));
  EXPECT_THAT(Text("# HELP 1\n"), ElementsAre("error 1:1: expected a metric name after HELP, TYPE or UNIT"));
  EXPECT_THAT(Text("b 1\na{x=1} 1\n"),
              ElementsAre("b 1", "labels 2:5: expected a label value in double quotes 1"));
}

TEST(TextFormat, WhatFollowsOneBlankBehindAMetadataNameIsItsText) {
  EXPECT_THAT(Text("# TYPE  a gauge\n# HELP a  b \n# HELP c\n"),
              ElementsAre("type a gauge", "help a  b ", "help c "));
  EXPECT_THAT(Text("# TYPE a  gauge\n"), ElementsAre("error 1:1: invalid metric type \" gauge\""));
  EXPECT_THAT(Text("# TYPE a gauge \n"), ElementsAre("error 1:1: invalid metric type \"gauge \""));
}

TEST(TextFormat, AWrongGuessChangesNothing) {
  const std::string_view body = "ab 1\na 2\na{x=\"1\"} 3\na {y=\"1\"} 4\n";
  const auto expected = ElementsAre("ab 1", "a 2", "a{x=\"1\"} 3", "a{y=\"1\"} 4");
  EXPECT_THAT(ReadAll(body, BodyFormat::kText), expected);
  EXPECT_THAT(ReadAll(body, BodyFormat::kText, "a"), expected);
  EXPECT_THAT(ReadAll(body, BodyFormat::kText, "a{x=\"1\"}"), expected);
}

TEST(OpenMetrics, ReadsSamplesWithExemplarsAndUnits) {
  EXPECT_THAT(
      Open("# HELP a_seconds The \\\"time\\\".\n"
           "# TYPE a_seconds histogram\n"
           "# UNIT a_seconds seconds\n"
           "a_seconds_bucket{le=\"+Inf\"} 17 1520879607.789 # {trace_id=\"x y\"} 9.8 1520879607.1\n"
           "a_seconds_count 17 # {id=\"1\"} 2\n"
           "a_seconds_sum 3.5\n"
           "# EOF\n"),
      ElementsAre("help a_seconds The \"time\".", "type a_seconds histogram", "unit a_seconds seconds",
                  "a_seconds_bucket{le=\"+Inf\"} 17 @1520879607789 # {trace_id=\"x y\"} 9.8",
                  "a_seconds_count 17 # {id=\"1\"} 2", "a_seconds_sum 3.5"));
}

TEST(OpenMetrics, MustEndWithEof) {
  EXPECT_THAT(Open("a 1\n"), ElementsAre("a 1", "error 2:1: the data does not end with # EOF"));
  EXPECT_THAT(Open(""), ElementsAre("error 1:1: the data does not end with # EOF"));
  EXPECT_THAT(Open("# EOF\na 1\n"), ElementsAre("error 2:1: unexpected data after # EOF"));
  EXPECT_THAT(Open("a 1\n# EOF"), ElementsAre("a 1"));
}

TEST(OpenMetrics, IsStricterThanText) {
  EXPECT_THAT(Open("\n# EOF\n"),
              ElementsAre("error 1:1: expected a metric name or labels in braces that close"));
  EXPECT_THAT(Open("a  1\n# EOF\n"), ElementsAre("error 1:3: \"\" is no valid value"));
  EXPECT_THAT(Open("# hello\n# EOF\n"),
              ElementsAre("error 1:1: expected HELP, TYPE, UNIT or EOF after \"# \""));
  EXPECT_THAT(Open("# TYPE a untyped\n# EOF\n"), ElementsAre("error 1:1: invalid metric type \"untyped\""));
  EXPECT_THAT(Open("# UNIT a seconds\n# EOF\n"),
              ElementsAre("error 1:1: unit \"seconds\" is no suffix of metric \"a\""));
  EXPECT_THAT(Open("a 1 x\n# EOF\n"), ElementsAre("error 1:5: \"x\" is no timestamp in seconds"));
  EXPECT_THAT(Open("# UNIT a\n# EOF\n"), ElementsAre("error 1:1: expected a space after the metric name"));
  EXPECT_THAT(Open("# UNIT a \n# EOF\n"), ElementsAre("unit a "));
  EXPECT_THAT(Open("a{x=\"\n\"} 1\n# EOF\n"),
              ElementsAre("error 1:1: expected a metric name or labels in braces that close"));
  EXPECT_THAT(Open("a 1 NaN\n# EOF\n"), ElementsAre("error 1:5: \"NaN\" is no timestamp in seconds"));
}

TEST(OpenMetrics, InsistsOnCommasBetweenLabelsAsTheTextFormatDoesNot) {
  EXPECT_THAT(Open("a{x=\"1\"y=\"2\"} 1\n# EOF\n"),
              ElementsAre(testing::StartsWith("labels 1:8: expected \",\" or \"}\" after the label")));
  EXPECT_THAT(Text("a{x=\"1\"y=\"2\"} 1\n"), ElementsAre("a{x=\"1\", y=\"2\"} 1"));
}

TEST(Exposition, NoLineEndIsEscaped) {
  const std::string_view body = "a{x=\"1\\\n2\"} 1\n";
  EXPECT_THAT(Text(body), ElementsAre("error 1:1: expected a metric name or labels in braces that close"));
  EXPECT_THAT(Text("a{x=\"1\n2\"} 1\n"), testing::SizeIs(1));
}

TEST(OpenMetrics, ASampleCountsThoughNeitherTimeNorExemplarFollows) {
  EXPECT_THAT(Open("a 1 # x\n# EOF\n"), ElementsAre("a 1", "error 1:4: expected no blank here"));
  EXPECT_THAT(Open("a 1 \n# EOF\n"), ElementsAre("a 1", "error 1:4: expected no blank here"));
  EXPECT_THAT(Open("a 1 #= {x=\"y\"} 1\n# EOF\n"),
              ElementsAre("error 1:5: \"#=\" is no timestamp in seconds"));
  EXPECT_THAT(Open("a 1  # {x=\"y\"} 1\n# EOF\n"), ElementsAre("a 1", "error 1:4: expected no blank here"));
}

TEST(FormatOfContentType, FollowsTheHeaderAndThenTheFallback) {
  EXPECT_EQ(FormatOfContentType("text/plain; version=0.0.4; charset=utf-8", {}), BodyFormat::kText);
  EXPECT_EQ(FormatOfContentType("Text/Plain", {}), BodyFormat::kText);
  EXPECT_EQ(FormatOfContentType("application/openmetrics-text; version=1.0.0", {}), BodyFormat::kOpenMetrics);
  EXPECT_EQ(FormatOfContentType("", BodyFormat::kText), BodyFormat::kText);
  EXPECT_EQ(FormatOfContentType("text/html", BodyFormat::kText), BodyFormat::kText);
  EXPECT_EQ(FormatOfContentType("", {}).error().message(),
            "the target sends no Content-Type, and no fallback_scrape_protocol is set");
  EXPECT_EQ(FormatOfContentType("text/html; charset=utf-8", {}).error().message(),
            "received unsupported Content-Type \"text/html\", and no fallback_scrape_protocol is set");
  EXPECT_EQ(FormatOfContentType("application/vnd.google.protobuf", BodyFormat::kText).error().code(),
            ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace tocsin::collect
