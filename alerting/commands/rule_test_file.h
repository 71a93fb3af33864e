// promtool's files of unit tests for rules.
// https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alerting/commands/series_notation.h"
#include "alerting/model/labels.h"
#include "base/error.h"
#include "base/time.h"

namespace tocsin::app {

struct InputSeries {
  model::Labels labels;
  SeriesValues values;
};

/// Empty values count, as they do for promtool.
using LabelMap = std::map<std::string, std::string>;

struct ExpectedAlert {
  LabelMap labels;  ///< alertname among them
  LabelMap annotations;
  friend auto operator<=>(const ExpectedAlert&, const ExpectedAlert&) = default;
};

struct AlertTest {
  Position position;
  Duration eval_time{0};
  std::string alertname;
  std::vector<ExpectedAlert> expected;
};

struct ExpectedSample {
  model::Labels labels;
  double value = 0;
};

struct ExpressionTest {
  Position position;
  Duration eval_time{0};
  std::string expression;
  std::vector<ExpectedSample> expected;
};

struct TestGroup {
  Position position;
  std::string name;
  Duration interval{0};
  std::vector<InputSeries> input;
  std::vector<AlertTest> alerts;
  std::vector<ExpressionTest> expressions;
  model::Labels external_labels;
  std::string external_url;

  /// The last moment that a test looks at.
  Duration End() const;
};

struct RuleTestFile {
  std::string path;
  std::vector<std::string> rule_files;  ///< what the patterns name
  std::vector<std::string> missing;     ///< patterns that name nothing
  Duration evaluation_interval{60'000};
  std::vector<std::string> group_eval_order;
  bool fuzzy_compare = false;
  bool ignore_unknown_rule_keys = false;
  std::vector<TestGroup> tests;
};

/// Strict; every fault with its place. Patterns are relative to the file's folder.
Checked<RuleTestFile> ReadRuleTestFile(const std::string& path);

}  // namespace tocsin::app
