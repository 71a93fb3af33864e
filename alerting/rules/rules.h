// All rule groups of the daemon: loads a set of files, runs them, and shows them.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "alerting/model/alert.h"
#include "alerting/model/appender.h"
#include "alerting/model/query_engine.h"
#include "alerting/rules/group_runner.h"
#include "alerting/rules/rule_file.h"
#include "alerting/rules/snapshot.h"
#include "base/async/strand.h"
#include "base/error.h"
#include "base/log.h"

namespace tocsin::rules {

struct RulesOptions {
  RuleReadOptions read;
  Duration resend_delay{60'000};  ///< --rules.alert.resend-delay
  ForStateOptions for_state = {};
};

/// How long after a start an alert of the process before waits for its series: as long as a sample stands for
/// its series.
inline constexpr Duration kRestoring = std::chrono::minutes(5);

/// All must outlive the Rules and whatever still runs on the executor.
struct RulesDependencies {
  const model::QueryEngine& engine;
  model::Appendable& appendable;
  model::AlertSink& sink;
  async::Executor& executor;
  Logger log;
  StateKeeper* keeper = nullptr;  ///< null: states live as long as the process
};

/// Thread safe.
class Rules {
 public:
  explicit Rules(RulesDependencies dependencies);
  ~Rules();
  Rules(const Rules&) = delete;
  Rules& operator=(const Rules&) = delete;

  /// What an earlier process left; before the first Replace(), whose groups take what is theirs. The rest is
  /// forgotten. Without any, their pending alerts start where ALERTS_FOR_STATE says.
  void Restore(KeptStates kept);

  /// Reads the files (no globs) and replaces what runs: groups that did not change go on undisturbed, changed
  /// ones keep the states of rules whose name and labels are the same, removed ones end their series. On
  /// errors nothing changes.
  Checked<void> Load(const std::vector<std::string>& files, const RulesOptions& options);
  /// Runs groups that were read before, with the same care.
  void Replace(const GroupSpecs& groups, const RulesOptions& options);
  /// Ends all evaluations; the states stay to be seen.
  void Stop();

  /// Each group after its last evaluation, in the order of files and their groups.
  std::vector<std::shared_ptr<const GroupSnapshot>> Groups() const;
  /// Of all evaluations since the start; by SteadyNow().
  const RuleTimes& times() const { return *times_; }

 private:
  void RestoreStates(const std::vector<std::shared_ptr<GroupRunner>>& runners);
  std::shared_ptr<GroupRunner> TakeOld(const GroupSpec& spec,
                                       std::vector<std::shared_ptr<GroupRunner>>& old) const;

  RulesDependencies dependencies_;
  const std::shared_ptr<RuleTimes> times_ = std::make_shared<RuleTimes>();
  mutable std::mutex mutex_;
  Duration resend_delay_{0};
  std::vector<std::shared_ptr<GroupRunner>> runners_;
  std::optional<KeptStates> kept_;  // until the first Replace()
  bool first_ = true;
};

}  // namespace tocsin::rules
