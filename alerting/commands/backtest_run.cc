#include "alerting/commands/backtest_run.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "alerting/rules/group.h"
#include "alerting/rules/schedule.h"

namespace tocsin::app {
namespace {

/// Follows one group's alerts from one evaluation to the next.
class EpisodeTracker {
 public:
  void Follow(const rules::GroupSnapshot& group, Timestamp at, BacktestResult& result) {
    for (size_t number = 0; number < group.rules.size(); ++number) {
      const rules::RuleSnapshot& rule = group.rules[number];
      if (rule.last_error && seen_errors_.insert({number, rule.last_error->message()}).second) {
        result.errors.push_back(rule.last_error->WithContext(rule.spec->name).At(rule.spec->position));
      }
      std::set<model::Labels> active;
      for (const rules::ActiveAlert& alert : rule.alerts) {
        active.insert(alert.labels);
        Update(number, *rule.spec, alert, result);
      }
      for (auto it = open_.lower_bound({number, {}}); it != open_.end() && it->first.first == number;) {
        if (active.contains(it->first.second)) {
          ++it;
          continue;
        }
        End(result.episodes[it->second], rule, at);
        it = open_.erase(it);
      }
    }
  }

 private:
  void Update(size_t number, const rules::RuleSpec& spec, const rules::ActiveAlert& alert,
              BacktestResult& result) {
    const auto [place, is_new] = open_.try_emplace({number, alert.labels}, result.episodes.size());
    if (is_new) result.episodes.push_back({spec.name, alert.labels, alert.active_at, {}, {}, {}, 0});
    Episode& episode = result.episodes[place->second];
    episode.value = alert.value;
    if (alert.state == rules::AlertState::kFiring) episode.fired_at = alert.fired_at;
  }
  static void End(Episode& episode, const rules::RuleSnapshot& rule, Timestamp at) {
    episode.ended_at = at;
    for (const rules::ActiveAlert& alert : rule.resolved) {
      if (alert.labels == episode.labels && alert.resolved_at == at) episode.end_reason = alert.end_reason;
    }
  }

  std::map<std::pair<size_t, model::Labels>, size_t> open_;
  std::set<std::pair<size_t, std::string>> seen_errors_;
};

struct Replayed {
  std::unique_ptr<rules::Group> group;
  EpisodeTracker tracker;
};

}  // namespace

BacktestResult RunBacktest(const rules::GroupSpecs& groups, store::Store& store, model::AlertSink& sink,
                           Timestamp from, Timestamp to, const std::function<void(Timestamp)>& pass) {
  const SystemClock clock;
  BacktestResult result;
  std::vector<Replayed> replayed;
  // What is due when, in the order of time and then of the files.
  std::set<std::pair<Timestamp, size_t>> due;
  for (const auto& spec : groups) {
    const rules::Schedule schedule(spec->file, spec->name, spec->interval);
    due.emplace(schedule.After(from - Duration(1)), replayed.size());
    replayed.push_back(
        {std::make_unique<rules::Group>(
             spec,
             rules::GroupDependencies{.appendable = store, .sink = sink, .clock = clock, .log = Logger()}),
         {}});
  }
  while (!due.empty() && due.begin()->first <= to) {
    const auto [at, number] = *due.begin();
    due.erase(due.begin());
    Replayed& next = replayed[number];
    pass(at);
    next.group->Evaluate(at, {});
    next.tracker.Follow(*next.group->snapshot(), at, result);
    ++result.evaluations;
    due.emplace(at + next.group->spec().interval, number);
  }
  pass(to);
  std::stable_sort(result.episodes.begin(), result.episodes.end(),
                   [](const Episode& a, const Episode& b) { return a.active_at < b.active_at; });
  return result;
}

}  // namespace tocsin::app
