// The info series are those that the matchers of the second argument choose among the ones with an instance
// and a job of the base series. Which of them counts changes from step to step (the one with the newest
// sample), so one base series may become several, each with cells of its own.
#include "alerting/promql/eval/info.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <re2/re2.h>

#include "alerting/promql/eval/selection.h"

namespace tocsin::promql {
namespace {

constexpr std::string_view kDefaultInfoMetric = "target_info";
constexpr std::array<std::string_view, 2> kIdentifying{"instance", "job"};

/// What stands behind "info(x,".
struct InfoMatchers {
  model::Matchers names;   // on the metric's name, as written
  model::Matchers labels;  // on the others
  bool written = false;    // there was a second argument

  bool Wants(std::string_view label) const {
    return labels.empty() || std::any_of(labels.begin(), labels.end(),
                                         [&](const model::Matcher& m) { return m.name() == label; });
  }
  /// Whether a series without any info may stay. As in Prometheus, matchers on the name count only where no
  /// series has an identifying label.
  bool AcceptNothing(bool with_names) const {
    auto accepts = [](const model::Matcher& m) { return m.Matches(""); };
    return std::all_of(labels.begin(), labels.end(), accepts) &&
           (!with_names || std::all_of(names.begin(), names.end(), accepts));
  }
  /// Those are left as they are.
  bool IsInfoMetric(const model::Labels& series) const {
    if (!written) return series.metric_name() == kDefaultInfoMetric;
    return std::any_of(names.begin(), names.end(),
                       [&](const model::Matcher& m) { return m.Matches(series); });
  }
  /// On the name of the series to read.
  model::Matchers Names() const {
    if (!names.empty()) return names;
    return {model::Matcher::Equal(std::string(model::kMetricName), std::string(kDefaultInfoMetric))};
  }
};

InfoMatchers MatchersOf(const Call& call) {
  InfoMatchers matchers;
  matchers.written = call.args.size() > 1;
  if (matchers.written) {
    for (const model::Matcher& matcher : call.args[1]->As<VectorSelector>()->matchers) {
      (matcher.name() == model::kMetricName ? matchers.names : matchers.labels).push_back(matcher);
    }
  }
  return matchers;
}

/// The time that the first selector in an expression looks at. As in Prometheus, info samples are read from
/// there, and yet have to be fresh at the step itself.
const TimeModifier* FirstTime(const Expr& expr) {
  if (const auto* selector = expr.As<VectorSelector>()) return &selector->time;
  if (const auto* matrix = expr.As<MatrixSelector>()) return &matrix->selector.time;
  if (const auto* subquery = expr.As<Subquery>()) return FirstTime(*subquery->expr);
  if (const auto* paren = expr.As<Paren>()) return FirstTime(*paren->expr);
  if (const auto* unary = expr.As<Unary>()) return FirstTime(*unary->expr);
  if (const auto* aggregate = expr.As<Aggregate>()) return FirstTime(*aggregate->expr);
  if (const auto* binary = expr.As<Binary>()) {
    const TimeModifier* time = FirstTime(*binary->lhs);
    return time != nullptr ? time : FirstTime(*binary->rhs);
  }
  if (const auto* call = expr.As<Call>()) {
    for (const ExprPtr& arg : call->args) {
      if (const TimeModifier* time = FirstTime(*arg)) return time;
    }
  }
  return nullptr;
}

std::string Key(const model::Labels& series, std::string_view info_name) {
  std::string key(info_name);
  for (std::string_view label : kIdentifying) key.append("\xff").append(series.Get(label));
  return key;
}

class Enrichment {
 public:
  Enrichment(InfoMatchers matchers, const Columns& base, const Grid& grid)
      : matchers_(std::move(matchers)), base_(base), steps_(grid.size()) {}

  /// A matcher for each identifying label that a base series has; empty when none has one.
  Result<model::Matchers> IdentifyingMatchers() const {
    model::Matchers matchers;
    for (std::string_view label : kIdentifying) {
      std::set<std::string> values;
      for (const Column& column : base_) {
        if (!matchers_.IsInfoMetric(column.labels) && column.labels.Has(label)) {
          values.insert(RE2::QuoteMeta(std::string(column.labels.Get(label))));
        }
      }
      if (values.empty()) continue;
      auto matcher = model::Matcher::Make(model::MatchOp::kRegex, std::string(label),
                                          fmt::format("{}", fmt::join(values, "|")));
      if (!matcher) return Fail(matcher.error());
      matchers.push_back(std::move(*matcher));
    }
    return matchers;
  }

  /// For when no series has an identifying label, so that there is no info to read.
  Result<Columns> RunWithout() {
    identified_ = false;
    return Run({});
  }

  /// `info` has the samples' own times in its cells.
  Result<Columns> Run(const Columns& info) {
    for (const Column& column : info) {
      names_.insert(std::string(column.labels.metric_name()));
      keys_.push_back(Key(column.labels, column.labels.metric_name()));
    }
    for (size_t step = 0; step < steps_; ++step) {
      auto newest = NewestAt(info, step);
      if (!newest) return Fail(newest.error());
      for (const Column& column : base_) {
        if (IsAbsent(column.cells[step])) continue;
        if (Status added = Add(column, step, *newest); !added) return Fail(added.error());
      }
    }
    return std::move(result_);
  }

 private:
  using ByKey = std::unordered_map<std::string_view, const Column*>;

  Result<ByKey> NewestAt(const Columns& info, size_t step) const {
    ByKey newest;
    for (size_t i = 0; i < info.size(); ++i) {
      double time = info[i].cells[step];
      if (IsAbsent(time)) continue;
      auto [it, is_new] = newest.emplace(keys_[i], &info[i]);
      if (is_new) continue;
      double other = it->second->cells[step];
      if (other == time) {
        return Fail(ErrorCode::kInvalidArgument,
                    fmt::format("found duplicate series for info metric {}", info[i].labels.metric_name()));
      }
      if (other < time) it->second = &info[i];
    }
    return newest;
  }

  Status Add(const Column& base, size_t step, const ByKey& newest) {
    if (matchers_.IsInfoMetric(base.labels)) {
      Put(base.labels, step, base.cells[step]);
      return {};
    }
    model::LabelsBuilder added;
    for (const std::string& name : names_) {
      auto found = newest.find(Key(base.labels, name));
      if (found == newest.end()) continue;
      for (const model::LabelView label : found->second->labels) {
        if (label.name == model::kMetricName || !matchers_.Wants(label.name)) continue;
        std::string_view already = added.Get(label.name);
        if (!already.empty() && already != label.value) {
          return Fail(ErrorCode::kInvalidArgument, "conflicting label: " + std::string(label.name));
        }
        if (!base.labels.Has(label.name)) added.Set(label.name, label.value);
      }
    }
    if (added.span().empty() && !matchers_.AcceptNothing(!identified_)) return {};
    model::LabelsBuilder labels(base.labels);
    for (const model::LabelView label : added.span()) labels.Set(label.name, label.value);
    Put(labels.Build(), step, base.cells[step]);
    return {};
  }

  void Put(const model::Labels& labels, size_t step, double cell) {
    auto [it, is_new] = index_.emplace(labels, result_.size());
    if (is_new) result_.push_back({labels, Cells(steps_, Absent())});
    result_[it->second].cells[step] = cell;
  }

  InfoMatchers matchers_;
  const Columns& base_;
  size_t steps_;
  bool identified_ = true;
  std::set<std::string> names_;    // of the info metrics
  std::vector<std::string> keys_;  // of each info series
  Columns result_;
  std::unordered_map<model::Labels, size_t, model::LabelsHash> index_;
};

}  // namespace

Result<Columns> AddInfoLabels(const Call& call, const Columns& base, const Grid& grid, QueryContext& query) {
  InfoMatchers matchers = MatchersOf(call);
  Enrichment enrichment(matchers, base, grid);
  Result<model::Matchers> identifying = enrichment.IdentifyingMatchers();
  if (!identifying) return Fail(identifying.error());
  if (identifying->empty()) return enrichment.RunWithout();
  VectorSelector selector;
  selector.matchers = std::move(*identifying);
  model::Matchers names = matchers.Names();
  selector.matchers.insert(selector.matchers.end(), names.begin(), names.end());
  selector.matchers.insert(selector.matchers.end(), matchers.labels.begin(), matchers.labels.end());
  const TimeModifier* time = FirstTime(*call.args[0]);
  Reach reach = ReachOf(time != nullptr ? *time : TimeModifier{}, grid, query.limits.lookback, query);
  Result<Columns> info = SelectInstant(selector, grid, CellOf::kSampleTime, reach, query);
  if (!info) return info;
  return enrichment.Run(*info);
}

}  // namespace tocsin::promql
