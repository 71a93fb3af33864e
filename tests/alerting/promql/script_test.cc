// Runs the scripts in scripts/*.test: series, then what expressions make of them.
//
//   load 30s                          a sample each 30 s from time 0, into an empty store
//     requests{job="a"} 0+10x20       0, 10 … 200: a start, a step and how many steps
//     gauge 1 2 _ NaN stale 5         "_" is no sample
//
//   at 5m: rate(requests[5m])         an instant query, and its elements in any order
//     {job="a"} 0.3333333333333333
//   ordered at 5m: sort(gauge)        … in this order
//   from 0s to 2m by 1m: gauge        a range query: a value or "_" each step
//     gauge 1 2 _
//   at 5m: bad                        or the error
//     error: the message
//
// Lines of "#" are comments. Numbers must be equal up to 1e-12 of their size.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "alerting/promql/engine.h"
#include "alerting/promql/parse/literals.h"
#include "alerting/promql/parse/parser.h"
#include "alerting/store/store.h"
#include "tests/source_dir.h"

namespace tocsin::promql {
namespace {

struct ExpectedSeries {
  model::Labels labels;
  std::vector<double> cells;  // Absent() for "_"
};

model::Labels ParseLabels(const std::string& text) {
  if (text == "{}") return {};
  auto expr = Parse(text);
  EXPECT_TRUE(expr) << text;
  model::LabelsBuilder labels;
  if (expr) {
    for (const auto& matcher : (*expr)->As<VectorSelector>()->matchers)
      labels.Set(matcher.name(), matcher.value());
  }
  return labels.Build();
}

double ParseCell(const std::string& text) {
  if (text == "_") return Absent();
  if (text == "-Inf") return -HUGE_VAL;
  bool negative = text.starts_with('-');
  auto number = ParseNumber(text.substr(text.starts_with('+') || negative ? 1 : 0));
  EXPECT_TRUE(number) << text;
  return negative ? -*number : *number;
}

/// Splits "name{a="b c"} 1 2" after its labels.
std::pair<std::string, std::vector<std::string>> SplitSeries(const std::string& line) {
  size_t brace = line.rfind('}');
  size_t end = line.find(' ', brace == std::string::npos ? 0 : brace);
  std::istringstream rest(end == std::string::npos ? "" : line.substr(end));
  std::vector<std::string> words;
  for (std::string word; rest >> word;) words.push_back(word);
  return {line.substr(0, end), words};
}

std::string Show(const std::vector<ExpectedSeries>& all) {
  std::string text;
  for (const ExpectedSeries& series : all) {
    text += "    " + series.labels.ToString();
    for (double cell : series.cells) text += IsAbsent(cell) ? " _" : fmt::format(" {}", cell);
    text += '\n';
  }
  return text;
}

bool SameCell(double a, double b) {
  if (IsAbsent(a) || IsAbsent(b)) return IsAbsent(a) && IsAbsent(b);
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::fabs(a - b) <= 1e-12 * std::max(std::fabs(a), std::fabs(b));
}

bool SameSeries(const std::vector<ExpectedSeries>& a, const std::vector<ExpectedSeries>& b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](const ExpectedSeries& x, const ExpectedSeries& y) {
        return x.labels == y.labels &&
               std::equal(x.cells.begin(), x.cells.end(), y.cells.begin(), y.cells.end(), SameCell);
      });
}

class Script {
 public:
  explicit Script(const std::filesystem::path& path) : path_(path) {
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) lines_.push_back(line);
  }

  void Run() {
    while (at_ < lines_.size()) {
      std::string line = lines_[at_++];
      if (line.empty() || line[0] == '#') continue;
      if (line.starts_with("load "))
        Load(Time(line.substr(5)));
      else
        Eval(line);
    }
    EXPECT_GT(evaluated_, 0);
  }

 private:
  static int64_t Time(const std::string& text) {
    auto duration = ParseDuration(text);
    EXPECT_TRUE(duration) << text;
    return duration ? duration->count() : 0;
  }

  std::vector<std::string> Block() {
    std::vector<std::string> block;
    for (; at_ < lines_.size() && lines_[at_].starts_with("  "); ++at_)
      block.push_back(lines_[at_].substr(2));
    return block;
  }

  void Load(int64_t interval) {
    store_ = std::make_unique<store::Store>();
    auto appender = store_->MakeAppender();
    for (const std::string& line : Block()) {
      const auto split = SplitSeries(line);
      const model::Labels labels = ParseLabels(split.first);
      int64_t time = 0;
      auto add = [&](double value) {
        auto added = appender->Append(0, labels, Timestamp::FromMillis(time), value);
        EXPECT_TRUE(added) << line;
      };
      for (const std::string& word : split.second) {
        size_t plus = word.find_first_of("+-", 1);
        size_t times = word.find('x');
        if (times != std::string::npos && plus < times) {
          double value = ParseCell(word.substr(0, plus));
          double step = ParseCell(word.substr(plus, times - plus));
          for (int i = std::stoi(word.substr(times + 1)); i >= 0; --i, value += step, time += interval)
            add(value);
          continue;
        }
        if (word == "stale")
          add(model::StaleNan());
        else if (word != "_")
          add(ParseCell(word));
        time += interval;
      }
    }
    EXPECT_TRUE(appender->Commit());
  }

  void Eval(const std::string& line) {
    SCOPED_TRACE(fmt::format("{}:{}: {}", path_.filename().string(), at_, line));
    ++evaluated_;
    ASSERT_NE(store_, nullptr);
    size_t colon = line.find(": ");
    ASSERT_NE(colon, std::string::npos);
    std::istringstream head(line.substr(0, colon));
    std::vector<std::string> words;
    for (std::string word; head >> word;) words.push_back(word);
    bool ordered = words[0] == "ordered";
    if (ordered) words.erase(words.begin());
    std::vector<std::string> block = Block();
    FakeClock clock;
    EngineOptions options;
    options.enable_experimental = true;
    Engine engine(*store_, clock, options);
    auto query = engine.Prepare(line.substr(colon + 2));
    bool instant = words[0] == "at";
    int64_t start = Time(words[1]);
    int64_t end = instant ? start : Time(words[3]);
    int64_t step = instant ? 1 : Time(words[5]);
    Result<model::QueryResult> result = Fail(ErrorCode::kInternal, "");
    if (!query)
      result = Fail(query.error());
    else if (instant)
      result = (*query)->Instant(Timestamp::FromMillis(start), {});
    else
      result = (*query)->Range(Timestamp::FromMillis(start), Timestamp::FromMillis(end), Duration(step), {});
    if (!block.empty() && block[0].starts_with("error: ")) {
      ASSERT_FALSE(result) << "no error";
      EXPECT_EQ("error: " + result.error().ToString(), block[0]);
      return;
    }
    ASSERT_TRUE(result) << result.error().ToString();
    Compare(block, *result, Grid{start, end, step}, ordered);
  }

  static void Compare(const std::vector<std::string>& block, const model::QueryResult& result,
                      const Grid& grid, bool ordered) {
    std::vector<ExpectedSeries> expected;
    for (const std::string& line : block) {
      auto [labels, words] = SplitSeries(line);
      ExpectedSeries series{ParseLabels(labels), {}};
      for (const std::string& word : words) series.cells.push_back(ParseCell(word));
      expected.push_back(std::move(series));
    }
    std::vector<ExpectedSeries> got = Got(result, grid);
    if (!ordered) {
      auto less = [](const ExpectedSeries& a, const ExpectedSeries& b) { return a.labels < b.labels; };
      std::sort(expected.begin(), expected.end(), less);
      std::sort(got.begin(), got.end(), less);
    }
    EXPECT_TRUE(SameSeries(expected, got)) << "expected:\n" << Show(expected) << "got:\n" << Show(got);
  }

  static std::vector<ExpectedSeries> Got(const model::QueryResult& result, const Grid& grid) {
    std::vector<ExpectedSeries> got;
    if (const auto* scalar = std::get_if<model::Scalar>(&result.value)) got.push_back({{}, {scalar->value}});
    if (const auto* vector = std::get_if<model::Vector>(&result.value)) {
      for (const auto& element : *vector) got.push_back({element.labels, {std::get<double>(element.value)}});
    }
    if (const auto* matrix = std::get_if<model::Matrix>(&result.value)) {
      for (const auto& series : *matrix) {
        ExpectedSeries out{series.labels, std::vector<double>(grid.size(), Absent())};
        for (const auto& sample : series.samples) {
          auto step = static_cast<size_t>((sample.timestamp.millis() - grid.start) / grid.step);
          out.cells.at(step) = sample.value;
        }
        got.push_back(std::move(out));
      }
    }
    return got;
  }

  std::filesystem::path path_;
  std::vector<std::string> lines_;
  size_t at_ = 0;
  int evaluated_ = 0;
  std::unique_ptr<store::Store> store_;
};

class Scripts : public testing::TestWithParam<std::string> {};

TEST_P(Scripts, Holds) {
  Script(std::filesystem::path(SourceDir()) / "tests/alerting/promql/scripts" / (GetParam() + ".test")).Run();
}

INSTANTIATE_TEST_SUITE_P(All, Scripts,
                         testing::Values("aggregation", "binary", "histograms", "labels", "ranges",
                                         "selectors"),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace tocsin::promql
