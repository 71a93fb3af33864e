#include "alerting/commands/rule_test_file.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "alerting/promql/parse/parser.h"
#include "base/files.h"
#include "base/yaml/go_yaml.h"
#include "base/yaml/reader.h"

namespace tocsin::app {
namespace {

using yaml::MappingReader;
using yaml::Node;

class TestFileReader {
 public:
  explicit TestFileReader(Errors& errors) : errors_(errors) {}

  void Read(const Node& root, RuleTestFile& file) {
    MappingReader in(root, errors_);
    std::vector<std::string> patterns;
    in.Optional("rule_files", patterns);
    FindRuleFiles(patterns, file);
    Duration interval{0};
    if (in.Optional("evaluation_interval", interval) && interval > Duration(0)) {
      file.evaluation_interval = interval;
    }
    in.Optional("group_eval_order", file.group_eval_order);
    if (std::vector<std::string> sorted = file.group_eval_order; !sorted.empty()) {
      std::sort(sorted.begin(), sorted.end());
      if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end()) {
        in.Fail(*root.Find("group_eval_order"),
                fmt::format("group name repeated in evaluation order: {}", *twice));
      }
    }
    in.Optional("fuzzy_compare", file.fuzzy_compare);
    for (const Node* item : Items(in, "tests")) {
      ReadTest(*item, file.evaluation_interval, file.tests.emplace_back());
    }
    in.Finish();
  }

 private:
  static std::vector<const Node*> Items(MappingReader& in, std::string_view key) {
    std::vector<const Node*> items;
    const Node* list = in.Take(key);
    if (!yaml::IsSet(list)) return items;
    if (list->kind != yaml::Kind::kSequence) {
      in.Fail(*list, fmt::format("{} must be a sequence, not a {}", key, yaml::KindName(list->kind)));
    }
    for (const Node& item : list->items) items.push_back(&item);
    return items;
  }

  static void FindRuleFiles(const std::vector<std::string>& patterns, RuleTestFile& file) {
    const std::filesystem::path folder = std::filesystem::path(file.path).parent_path();
    for (const std::string& pattern : patterns) {
      const auto found = Glob((folder / pattern).string());
      if (!found || found->empty()) {
        file.missing.push_back(pattern);
        continue;
      }
      for (const auto& path : *found) file.rule_files.push_back(path.string());
    }
  }

  void ReadTest(const Node& node, Duration evaluation_interval, TestGroup& test) {
    test.position = node.position;
    test.interval = evaluation_interval;
    MappingReader in(node, errors_);
    in.Optional("name", test.name);
    if (Duration interval{0}; in.Optional("interval", interval) && interval > Duration(0))
      test.interval = interval;
    for (const Node* item : Items(in, "input_series")) ReadSeries(*item, test.input.emplace_back());
    for (const Node* item : Items(in, "alert_rule_test")) ReadAlertTest(*item, test.alerts.emplace_back());
    for (const Node* item : Items(in, "promql_expr_test")) {
      ReadExpressionTest(*item, test.expressions.emplace_back());
    }
    test.external_labels = ReadLabels(in, "external_labels");
    in.Optional("external_url", test.external_url);
    in.Finish();
  }

  void ReadSeries(const Node& node, InputSeries& series) {
    MappingReader in(node, errors_);
    std::string text;
    if (in.Optional("series", text)) series.labels = ParseMetric(*node.Find("series"), text);
    std::string values;
    in.Optional("values", values);
    // A series without a value needs no name.
    if (text.empty() && !values.empty()) in.Fail(node, "\"series\" is missing");
    auto parsed = ParseSeriesValues(values);
    if (parsed) {
      series.values = *std::move(parsed);
    } else {
      in.Fail(*node.Find("values"),
              fmt::format("character {}: {}", parsed.error().position().column, parsed.error().message()));
    }
    in.Finish();
  }

  void ReadAlertTest(const Node& node, AlertTest& test) {
    test.position = node.position;
    MappingReader in(node, errors_);
    in.Optional("eval_time", test.eval_time);
    in.Optional("alertname", test.alertname);
    if (test.alertname.empty()) {
      in.Fail(node,
              fmt::format("an item under alert_rule_test misses required attribute alertname at eval_time {}",
                          FormatDuration(test.eval_time)));
    }
    for (const Node* item : Items(in, "exp_alerts")) {
      MappingReader alert(*item, errors_);
      ExpectedAlert& expected = test.expected.emplace_back();
      alert.Optional("exp_labels", expected.labels);
      expected.labels[std::string(model::kAlertName)] = test.alertname;
      alert.Optional("exp_annotations", expected.annotations);
      alert.Finish();
    }
    in.Finish();
  }

  void ReadExpressionTest(const Node& node, ExpressionTest& test) {
    test.position = node.position;
    MappingReader in(node, errors_);
    in.Optional("expr", test.expression);
    in.Optional("eval_time", test.eval_time);
    for (const Node* item : Items(in, "exp_samples")) {
      MappingReader sample(*item, errors_);
      ExpectedSample& expected = test.expected.emplace_back();
      std::string labels;
      if (sample.Optional("labels", labels)) expected.labels = ParseMetric(*item->Find("labels"), labels);
      sample.Optional("value", expected.value);
      if (yaml::IsSet(sample.Take("histogram"))) {
        sample.Unsupported("histogram", "native histograms are not supported");
      }
      sample.Finish();
    }
    in.Finish();
  }

  static model::Labels ReadLabels(MappingReader& in, std::string_view key) {
    std::map<std::string, std::string> map;
    in.Optional(key, map);
    std::vector<model::Label> labels;
    labels.reserve(map.size());
    for (auto& [name, value] : map) labels.push_back({name, value});
    return model::Labels(labels);
  }

  /// `name{label="value"}`: a selector whose matchers are all equalities.
  model::Labels ParseMetric(const Node& node, const std::string& text) {
    const size_t first = text.find_first_not_of(" \t\n");
    if (first == std::string::npos || text.substr(first) == "{}") return {};
    const auto matchers = promql::ParseSelector(text);
    std::vector<model::Label> labels;
    if (!matchers) {
      errors_.push_back(matchers.error().WithContext(model::Quote(text)).At(node.position));
      return {};
    }
    for (const model::Matcher& matcher : *matchers) {
      if (matcher.op() == model::MatchOp::kEqual) {
        labels.push_back({matcher.name(), matcher.value()});
      } else {
        errors_.emplace_back(ErrorCode::kInvalidArgument,
                             fmt::format("{}: a series is named by name=\"value\" alone, not by {}",
                                         model::Quote(text), matcher.ToString()),
                             node.position);
      }
    }
    return model::Labels(labels);
  }

  Errors& errors_;
};

}  // namespace

Duration TestGroup::End() const {
  Duration end{0};
  for (const AlertTest& test : alerts) end = std::max(end, test.eval_time);
  for (const ExpressionTest& test : expressions) end = std::max(end, test.eval_time);
  return end;
}

Checked<RuleTestFile> ReadRuleTestFile(const std::string& path) {
  const auto text = ReadFile(path, yaml::ParseLimits().max_bytes);
  if (!text) return tl::unexpected(Errors{text.error()});
  const auto root = yaml::ParseFirst(*text, path);
  if (!root) return tl::unexpected(Errors{root.error()});
  Errors errors;
  RuleTestFile file;
  file.path = path;
  TestFileReader(errors).Read(*root, file);
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return file;
}

}  // namespace tocsin::app
