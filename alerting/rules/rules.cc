#include "alerting/rules/rules.h"

#include <algorithm>
#include <utility>

namespace tocsin::rules {
Rules::Rules(RulesDependencies dependencies) : dependencies_(std::move(dependencies)) {}

Rules::~Rules() { Stop(); }

void Rules::Restore(KeptStates kept) {
  const std::lock_guard lock(mutex_);
  kept_ = std::move(kept);
}

// With the lock held, before the runners start.
void Rules::RestoreStates(const std::vector<std::shared_ptr<GroupRunner>>& runners) {
  const bool any = kept_ && !kept_->alerts.empty();
  const Timestamp until = dependencies_.executor.clock().Now() + kRestoring;
  for (const auto& runner : runners) {
    if (any) {
      runner->TakeKept(*kept_, until);
    } else {
      runner->RestoreFromSamples();
    }
  }
  if (any && dependencies_.keeper != nullptr) {
    for (const auto& [rule, alerts] : kept_->alerts) {
      for (const ActiveAlert& alert : alerts) dependencies_.keeper->Forget(rule, alert.labels);
    }
  }
  kept_.reset();
}

Checked<void> Rules::Load(const std::vector<std::string>& files, const RulesOptions& options) {
  const auto groups = ReadRuleFiles(files, dependencies_.engine, options.read);
  if (!groups) return tl::unexpected(groups.error());
  Replace(*groups, options);
  return {};
}

std::shared_ptr<GroupRunner> Rules::TakeOld(const GroupSpec& spec,
                                            std::vector<std::shared_ptr<GroupRunner>>& old) const {
  const auto found = std::find_if(old.begin(), old.end(), [&](const auto& runner) {
    return runner->spec().file == spec.file && runner->spec().name == spec.name;
  });
  if (found == old.end()) return nullptr;
  std::shared_ptr<GroupRunner> runner = std::move(*found);
  old.erase(found);
  return runner;
}

void Rules::Replace(const GroupSpecs& groups, const RulesOptions& options) {
  const GroupDependencies for_groups{
      .appendable = dependencies_.appendable,
      .sink = dependencies_.sink,
      .clock = dependencies_.executor.clock(),
      .log = dependencies_.log,
      .resend_delay = options.resend_delay,
      .engine = &dependencies_.engine,
      .for_state = options.for_state,
      .keeper = dependencies_.keeper,
      .times = times_,
  };
  std::vector<std::pair<std::shared_ptr<GroupRunner>, std::shared_ptr<GroupRunner>>> starting;
  std::vector<std::shared_ptr<GroupRunner>> removed;
  {
    const std::lock_guard lock(mutex_);
    const bool same_delay = resend_delay_ == options.resend_delay;
    std::vector<std::shared_ptr<GroupRunner>> old = std::exchange(runners_, {});
    for (const auto& spec : groups) {
      auto before = TakeOld(*spec, old);
      if (before && same_delay && SameGroup(before->spec(), *spec)) {
        runners_.push_back(std::move(before));
        continue;
      }
      auto strand = before ? before->strand() : dependencies_.executor.MakeStrand();
      auto runner = std::make_shared<GroupRunner>(spec, for_groups, std::move(strand));
      runners_.push_back(runner);
      starting.emplace_back(std::move(runner), std::move(before));
    }
    removed = std::move(old);
    if (std::exchange(first_, false)) RestoreStates(runners_);
    resend_delay_ = options.resend_delay;
  }
  for (const auto& runner : removed) runner->Retire();
  for (auto& [runner, before] : starting) runner->Start(std::move(before));
  dependencies_.log.Info(
      "Rule groups loaded",
      {{"groups", groups.size()}, {"started", starting.size()}, {"removed", removed.size()}});
}

void Rules::Stop() {
  const std::lock_guard lock(mutex_);
  for (const auto& runner : runners_) runner->Stop();
}

std::vector<std::shared_ptr<const GroupSnapshot>> Rules::Groups() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const GroupSnapshot>> groups;
  groups.reserve(runners_.size());
  for (const auto& runner : runners_) groups.push_back(runner->snapshot());
  return groups;
}

}  // namespace tocsin::rules
