#include "alerting/rules/group_runner.h"

#include <algorithm>
#include <utility>

namespace tocsin::rules {

GroupRunner::GroupRunner(const std::shared_ptr<const GroupSpec>& spec, const GroupDependencies& dependencies,
                         std::shared_ptr<async::Strand> strand)
    : clock_(dependencies.clock),
      strand_(std::move(strand)),
      schedule_(spec->file, spec->name, spec->interval),
      group_(spec, dependencies) {}

void GroupRunner::Start(std::shared_ptr<GroupRunner> old) {
  if (old) old->stop_.request_stop();
  strand_->Post([self = shared_from_this(), old = std::move(old)] {
    if (old) {
      old->timer_.Cancel();
      self->group_.TakeStateFrom(old->group_);
    }
    self->Wait(self->schedule_.After(self->clock_.Now()));
  });
}

void GroupRunner::TakeKept(KeptStates& kept, Timestamp restoring_until) {
  group_.TakeKept(kept, clock_.Now(), restoring_until);
}

void GroupRunner::Stop() {
  stop_.request_stop();
  strand_->Post([self = shared_from_this()] {
    self->timer_.Cancel();
    self->group_.SaveAll();
  });
}

void GroupRunner::Retire() {
  stop_.request_stop();
  strand_->Post([self = shared_from_this()] {
    self->timer_.Cancel();
    self->group_.MarkStale(self->clock_.Now());
    self->group_.ForgetAll();
  });
}

void GroupRunner::Wait(Timestamp slot) {
  if (stop_.stop_requested()) return;
  const Duration delay = std::max(Duration(0), slot - clock_.Now());
  timer_ = strand_->After(delay, [weak = weak_from_this(), slot] {
    if (const auto self = weak.lock()) self->Run(slot);
  });
}

void GroupRunner::Run(Timestamp slot) {
  if (stop_.stop_requested()) return;
  group_.Evaluate(slot, stop_.get_token());
  if (std::exchange(from_samples_, false)) group_.RestoreFromSamples(slot, stop_.get_token());
  const Schedule::Next next = schedule_.Following(slot, clock_.Now());
  if (next.missed > 0) group_.AddMissed(next.missed);
  Wait(next.slot);
}

}  // namespace tocsin::rules
