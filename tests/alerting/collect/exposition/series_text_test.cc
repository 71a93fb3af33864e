#include "alerting/collect/exposition/series_text.h"

#include <gtest/gtest.h>

namespace tocsin::collect {
namespace {

std::string Read(std::string_view text, Blanks blanks = Blanks::kAllowed) {
  const auto labels = ReadSeriesLabels(text, blanks);
  if (!labels) return labels.error().ToString();
  std::string out;
  for (const model::Label& label : *labels) out += label.name + "=" + label.value + ";";
  return out;
}

TEST(SeriesText, ReadsNameAndLabels) {
  EXPECT_EQ(Read("up"), "__name__=up;");
  EXPECT_EQ(Read("a:b_1{}"), "__name__=a:b_1;");
  EXPECT_EQ(Read(R"(a{x="1",y="2"})"), "__name__=a;x=1;y=2;");
  EXPECT_EQ(Read(R"(a{x="1",})"), "__name__=a;x=1;");
  EXPECT_EQ(Read("a { x = \"1\" , y\t=\"2\" } "), "__name__=a;x=1;y=2;");
}

TEST(SeriesText, ToleratesMissingCommasAsPrometheusDoes) {
  EXPECT_EQ(Read(R"(a{x="1" y="2"})"), "__name__=a;x=1;y=2;");
}

TEST(SeriesText, ReadsQuotedNames) {
  EXPECT_EQ(Read(R"({"a.b",x="1"})"), "__name__=a.b;x=1;");
  EXPECT_EQ(Read(R"({x="1","a.b"})"), "__name__=a.b;x=1;");
  EXPECT_EQ(Read(R"(a{"b.ü"="1"})"), "__name__=a;b.ü=1;");
}

TEST(SeriesText, UndoesThreeEscapesAndKeepsOthers) {
  EXPECT_EQ(Read(R"(a{x="\\ \" \n \q"})"), "__name__=a;x=\\ \" \n \\q;");
  EXPECT_EQ(Read(R"(a{x="}"})"), "__name__=a;x=};");
}

TEST(SeriesText, RefusesWithTheColumn) {
  EXPECT_EQ(Read(R"({x="1"})"), "1:8: the metric name is missing");
  EXPECT_EQ(Read(R"(a{"b"})"), "1:6: the metric name is given twice");
  EXPECT_EQ(Read(R"(a{,})"), "1:3: expected a label name");
  EXPECT_EQ(Read(R"(a{a:b="1"})"), "1:4: expected \"=\" after the label name");
  EXPECT_EQ(Read(R"(a{x=1})"), "1:5: expected a label value in double quotes");
  EXPECT_EQ(Read("a{x=\"\xff\"}"), "1:5: not valid UTF-8");
  EXPECT_EQ(Read(R"(a{x ="1"})", Blanks::kRefused), "1:4: expected \"=\" after the label name");
}

TEST(SeriesText, ChecksLabelNamesApart) {
  auto check = [](std::string_view text) {
    const Status status = CheckLabelNames(*ReadSeriesLabels(text, Blanks::kAllowed));
    return status ? "" : status.error().ToString();
  };
  EXPECT_EQ(check(R"(a{x="1",y="1"})"), "");
  EXPECT_EQ(check(R"(a{x="1",x="2"})"), "label name \"x\" is not unique");
  EXPECT_EQ(check(R"(a{__name__="b"})"), "label name \"__name__\" is not unique");
  EXPECT_EQ(check(R"(a{""="1"})"), "a label name must not be empty");
  EXPECT_FALSE(ReadExemplarLabels(R"({x="1",x="2"})").has_value());
}

TEST(SeriesText, FindsItsEnd) {
  EXPECT_EQ(SeriesTextLength("up 1", Blanks::kAllowed), 2U);
  EXPECT_EQ(SeriesTextLength(R"(a{x="} \" "} 1)", Blanks::kAllowed), 12U);
  EXPECT_EQ(SeriesTextLength("a {} 1", Blanks::kAllowed), 4U);
  EXPECT_EQ(SeriesTextLength("a {} 1", Blanks::kRefused), 1U);
  EXPECT_EQ(SeriesTextLength("a{x=\"", Blanks::kAllowed), kUnclosed);
  EXPECT_EQ(SeriesTextLength("a{x=\"y\"", Blanks::kRefused), kUnclosed);
  EXPECT_EQ(SeriesTextLength("1a", Blanks::kAllowed), 0U);
  EXPECT_EQ(SeriesTextLength("a{x=\"\n\"} 1", Blanks::kAllowed), 8U);
  EXPECT_EQ(SeriesTextLength("a{x=\"\n\"} 1", Blanks::kRefused), 0U);
}

TEST(SeriesText, EmptyLabelValuesVanishInTheSet) {
  EXPECT_EQ(model::Labels(*ReadSeriesLabels(R"(a{x=""})", Blanks::kAllowed)).ToString(), "a");
}

}  // namespace
}  // namespace tocsin::collect
