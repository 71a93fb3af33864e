// As promtool does it: all groups are evaluated at each evaluation_interval of the file, whatever their own,
// on the samples up to then; an alert test sees what the last evaluation before it left.
#include "alerting/commands/rule_test.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "alerting/rules/group.h"
#include "alerting/rules/rule_file.h"
#include "alerting/store/store.h"
#include "alerting/web/json.h"

namespace tocsin::app {
namespace {

class NoSink final : public model::AlertSink {
 public:
  void Receive(std::span<const model::AlertPtr>) override {}
};

std::string Show(const LabelMap& labels) {
  std::string text = "{";
  for (const auto& [name, value] : labels) {
    text += fmt::format("{}{}={}", text.size() > 1 ? ", " : "",
                        model::IsClassicLabelName(name) ? name : model::Quote(name), model::Quote(value));
  }
  return text + "}";
}

std::string Show(const ExpectedAlert& alert) {
  return fmt::format("labels {}, annotations {}", Show(alert.labels), Show(alert.annotations));
}

std::string Show(const ExpectedSample& sample) {
  return fmt::format("{} {}", sample.labels.ToString(), web::FormatSampleValue(sample.value));
}

/// What makes one set another: the labels that only one has, or that differ.
void Compare(std::string_view what, const LabelMap& expected, const LabelMap& got,
             std::vector<std::string>& lines) {
  for (const auto& [name, value] : expected) {
    const auto other = got.find(name);
    if (other != got.end() && other->second == value) continue;
    lines.push_back(fmt::format("    {} {}: expected {}, got {}", what, name, model::Quote(value),
                                other == got.end() ? "none" : model::Quote(other->second)));
  }
  for (const auto& [name, value] : got) {
    if (expected.contains(name)) continue;
    lines.push_back(fmt::format("    {} {}: not expected, got {}", what, name, model::Quote(value)));
  }
}

size_t Differences(const ExpectedAlert& a, const ExpectedAlert& b) {
  std::vector<std::string> lines;
  Compare("", a.labels, b.labels, lines);
  return lines.size();
}

/// Equal ones are taken off both lists, which are sorted.
template <typename T, typename Less>
void DropEqual(std::vector<T>& expected, std::vector<T>& got, Less less) {
  std::vector<T> only_expected;
  std::vector<T> only_got;
  std::set_difference(expected.begin(), expected.end(), got.begin(), got.end(),
                      std::back_inserter(only_expected), less);
  std::set_difference(got.begin(), got.end(), expected.begin(), expected.end(), std::back_inserter(only_got),
                      less);
  expected = std::move(only_expected);
  got = std::move(only_got);
}

/// Each missing alert, with how the one that is most like it differs; then those nobody expected.
std::vector<std::string> DiffAlerts(std::vector<ExpectedAlert> expected, std::vector<ExpectedAlert> got) {
  std::vector<std::string> lines;
  std::sort(expected.begin(), expected.end());
  std::sort(got.begin(), got.end());
  DropEqual(expected, got, std::less<>());
  for (const ExpectedAlert& missing : expected) {
    lines.push_back("  - expected " + Show(missing));
    const auto nearest = std::min_element(got.begin(), got.end(), [&](const auto& a, const auto& b) {
      return Differences(missing, a) < Differences(missing, b);
    });
    if (nearest == got.end()) continue;
    lines.push_back("  + got      " + Show(*nearest));
    Compare("label", missing.labels, nearest->labels, lines);
    Compare("annotation", missing.annotations, nearest->annotations, lines);
    got.erase(nearest);
  }
  for (const ExpectedAlert& extra : got) lines.push_back("  + got      " + Show(extra));
  return lines;
}

bool SameValue(double expected, double got, bool fuzzy) {
  if (expected == got) return true;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return fuzzy && (std::nextafter(expected, -kInfinity) == got || std::nextafter(expected, kInfinity) == got);
}

/// NaN equals nothing, as in promtool.
std::vector<std::string> DiffSamples(std::vector<ExpectedSample> expected, std::vector<ExpectedSample> got,
                                     bool fuzzy) {
  const auto by_labels = [](const auto& a, const auto& b) { return a.labels < b.labels; };
  std::stable_sort(expected.begin(), expected.end(), by_labels);
  std::stable_sort(got.begin(), got.end(), by_labels);
  std::vector<std::string> lines;
  size_t next = 0;
  for (const ExpectedSample& sample : expected) {
    while (next < got.size() && got[next].labels < sample.labels) {
      lines.push_back("  + got      " + Show(got[next++]));
    }
    if (next < got.size() && got[next].labels == sample.labels) {
      const ExpectedSample& found = got[next++];
      if (SameValue(sample.value, found.value, fuzzy)) continue;
      lines.push_back("  - expected " + Show(sample));
      lines.push_back("  + got      " + Show(found));
    } else {
      lines.push_back("  - expected " + Show(sample));
    }
  }
  for (; next < got.size(); ++next) lines.push_back("  + got      " + Show(got[next]));
  return lines;
}

class GroupTester {
 public:
  GroupTester(const RuleTestFile& file, const TestGroup& test, const promql::EngineOptions& options)
      : file_(file), test_(test), engine_(store_, clock_, options) {}

  std::vector<TestFailure> Run() {
    if (!LoadRules()) return std::move(failures_);
    MergeInput();
    const int64_t step = file_.evaluation_interval.count();
    const int64_t end = test_.End().count();
    for (int64_t at = 0; at <= end; at += step) {
      // Rules that fail end the test; what was expected in vain does not.
      const size_t failures = failures_.size();
      AppendUntil(at);
      Evaluate(Timestamp::FromMillis(at));
      if (failures_.size() > failures) return std::move(failures_);
      for (const AlertTest& alert : test_.alerts) {
        const int64_t when = alert.eval_time.count();
        if (when >= at && when < at + step) CheckAlert(alert);
      }
    }
    AppendUntil(end);
    for (const ExpressionTest& expression : test_.expressions) CheckExpression(expression);
    return std::move(failures_);
  }

 private:
  bool LoadRules() {
    rules::RuleReadOptions options;
    options.default_interval = test_.interval;
    options.external_labels = test_.external_labels;
    options.external_url = test_.external_url;
    options.own_keys = true;
    options.ignore_unknown = file_.ignore_unknown_rule_keys;
    auto specs = rules::ReadRuleFiles(file_.rule_files, engine_, options);
    if (!specs) {
      for (const Error& error : specs.error()) {
        failures_.push_back({error.position(), error.message(), {}});
      }
      return false;
    }
    std::stable_sort(specs->begin(), specs->end(),
                     [this](const auto& a, const auto& b) { return Rank(a->name) < Rank(b->name); });
    for (const auto& spec : *specs) {
      groups_.push_back(std::make_unique<rules::Group>(
          spec,
          rules::GroupDependencies{.appendable = store_, .sink = sink_, .clock = clock_, .log = Logger()}));
    }
    return true;
  }

  /// Groups that the order does not name come after those that it does, in the order of the files.
  size_t Rank(const std::string& group) const {
    const auto& order = file_.group_eval_order;
    return static_cast<size_t>(std::find(order.begin(), order.end(), group) - order.begin());
  }

  /// A series that is given twice has the later values.
  void MergeInput() {
    for (const InputSeries& series : test_.input) {
      SeriesValues& values = input_[series.labels];
      values.resize(std::max(values.size(), series.values.size()));
      for (size_t i = 0; i < series.values.size(); ++i) {
        if (series.values[i]) values[i] = series.values[i];
      }
    }
  }

  void AppendUntil(int64_t at) {
    const auto until = static_cast<size_t>(at / test_.interval.count()) + 1;
    const auto appender = store_.MakeAppender();
    for (const auto& [labels, values] : input_) {
      for (size_t i = appended_; i < std::min(until, values.size()); ++i) {
        if (!values[i]) continue;
        const auto at_step = Timestamp::FromMillis(static_cast<int64_t>(i) * test_.interval.count());
        if (auto done = appender->Append(0, labels, at_step, *values[i]); !done) {
          failures_.push_back({test_.position, labels.ToString(), {done.error().message()}});
        }
      }
    }
    if (Status done = appender->Commit(); !done) {
      failures_.push_back({test_.position, "input_series", {done.error().message()}});
    }
    appended_ = std::max(appended_, until);
  }

  void Evaluate(Timestamp at) {
    for (const auto& group : groups_) {
      group->Evaluate(at, {});
      for (const rules::RuleSnapshot& rule : group->snapshot()->rules) {
        if (!rule.last_error) continue;
        failures_.push_back({rule.spec->position,
                             fmt::format("rule: {}, time: {}", rule.spec->name, FormatDuration(Since(at))),
                             {"  " + rule.last_error->message()}});
      }
    }
  }
  static Duration Since(Timestamp at) { return Duration(at.millis()); }

  static ExpectedAlert Shown(const rules::RuleSpec& rule, const rules::ActiveAlert& alert) {
    ExpectedAlert shown;
    for (const model::LabelView label : alert.labels) shown.labels.emplace(label.name, label.value);
    for (const auto& [name, text] : rule.annotations) {
      shown.annotations.emplace(name, alert.annotations.Get(name));
    }
    return shown;
  }

  void CheckAlert(const AlertTest& test) {
    std::vector<ExpectedAlert> got;
    for (const auto& group : groups_) {
      for (const rules::RuleSnapshot& rule : group->snapshot()->rules) {
        if (rule.spec->kind != rules::RuleKind::kAlerting || rule.spec->name != test.alertname) continue;
        for (const rules::ActiveAlert& alert : rule.alerts) {
          if (alert.state == rules::AlertState::kFiring) got.push_back(Shown(*rule.spec, alert));
        }
      }
    }
    auto lines = DiffAlerts(test.expected, std::move(got));
    if (lines.empty()) return;
    failures_.push_back(
        {test.position,
         fmt::format("alertname: {}, time: {}", test.alertname, FormatDuration(test.eval_time)),
         std::move(lines)});
  }

  void CheckExpression(const ExpressionTest& test) {
    const std::string what =
        fmt::format("expr: {}, time: {}", model::Quote(test.expression), FormatDuration(test.eval_time));
    auto query = engine_.Prepare(test.expression);
    Result<model::Vector> vector = model::Vector();
    if (query) vector = rules::ToVector((*query)->Instant(Timestamp::FromMillis(test.eval_time.count()), {}));
    if (!query || !vector) {
      const Error& error = query ? vector.error() : query.error();
      failures_.push_back({test.position, what, {"  " + error.ToString()}});
      return;
    }
    std::vector<ExpectedSample> got;
    for (const model::VectorElement& element : *vector) {
      got.push_back({element.labels, std::get<double>(element.value)});
    }
    auto lines = DiffSamples(test.expected, std::move(got), file_.fuzzy_compare);
    if (!lines.empty()) failures_.push_back({test.position, what, std::move(lines)});
  }

  const RuleTestFile& file_;
  const TestGroup& test_;
  const SystemClock clock_;
  NoSink sink_;
  store::Store store_;
  promql::Engine engine_;
  std::vector<std::unique_ptr<rules::Group>> groups_;
  std::map<model::Labels, SeriesValues> input_;
  size_t appended_ = 0;
  std::vector<TestFailure> failures_;
};

}  // namespace

std::vector<TestFailure> RunTestGroup(const RuleTestFile& file, const TestGroup& test,
                                      const promql::EngineOptions& options) {
  return GroupTester(file, test, options).Run();
}

}  // namespace tocsin::app
