// Evaluates a group at its slots, on a strand of its own.
#pragma once

#include <memory>
#include <stop_token>

#include "alerting/rules/group.h"
#include "alerting/rules/schedule.h"
#include "base/async/strand.h"

namespace tocsin::rules {

/// Thread safe. What is queued or running keeps the runner alive; the executor's threads must end before what
/// the group depends on.
class GroupRunner : public std::enable_shared_from_this<GroupRunner> {
 public:
  GroupRunner(const std::shared_ptr<const GroupSpec>& spec, const GroupDependencies& dependencies,
              std::shared_ptr<async::Strand> strand);

  /// Waits for the first slot. With `old`, which must use the same strand, stops it first and goes on from
  /// its state.
  void Start(std::shared_ptr<GroupRunner> old = nullptr);
  /// Before Start(): as Group's.
  void TakeKept(KeptStates& kept, Timestamp restoring_until);
  void RestoreFromSamples() { from_samples_ = true; }
  /// Ends the evaluation that runs, and all later ones; the states are saved.
  void Stop();
  /// Ends all evaluations and the series that the group has written, and forgets its states.
  void Retire();

  const std::shared_ptr<async::Strand>& strand() const { return strand_; }
  const GroupSpec& spec() const { return group_.spec(); }
  std::shared_ptr<const GroupSnapshot> snapshot() const { return group_.snapshot(); }

 private:
  void Wait(Timestamp slot);
  void Run(Timestamp slot);

  const Clock& clock_;
  std::shared_ptr<async::Strand> strand_;
  std::stop_source stop_;
  Schedule schedule_;
  bool from_samples_ = false;  // set before Start(); then on the strand
  Group group_;                // on the strand
  async::Timer timer_;         // on the strand
};

}  // namespace tocsin::rules
