#include "alerting/notify/dispatch/dispatcher.h"

namespace tocsin::notify {
namespace {

/// More than there are processors, so that a long flush seldom holds up many groups.
constexpr size_t kStrands = 16;

}  // namespace

Dispatcher::Dispatcher(async::Executor& executor, std::shared_ptr<async::Strand> strand,
                       const RouteOptions& routes, const std::map<std::string, Exits>& receivers, Logger log)
    : clock_(executor.clock()),
      strand_(std::move(strand)),
      log_(std::move(log)),
      routes_(Route::Make(routes)) {
  for (const auto& [name, exits] : receivers) {
    receivers_.emplace(name, std::make_shared<const Exits>(exits));
  }
  for (size_t i = 0; i < kStrands; ++i) group_strands_.push_back(executor.MakeStrand());
}

const std::shared_ptr<const AlertGroup::Shared>& Dispatcher::shared() {
  if (shared_) return shared_;
  auto on_empty = [weak = weak_from_this(), strand = strand_](const Route& route, const model::Labels& labels,
                                                              uint64_t inserted) {
    strand->Post([weak, &route, labels, inserted] {
      if (auto self = weak.lock()) self->Remove(&route, labels, inserted);
    });
  };
  shared_ = std::make_shared<const AlertGroup::Shared>(
      AlertGroup::Shared{clock_, routes_, log_, std::move(on_empty)});
  return shared_;
}

void Dispatcher::Dispatch(const model::AlertPtr& alert) {
  for (const Route* route : routes_->Match(alert->labels)) {
    model::Labels labels = route->GroupLabels(alert->labels);
    Slot& slot = groups_[route][labels];
    if (!slot.group) {
      slot.group = AlertGroup::Start(shared(), group_strands_[next_strand_++ % kStrands], *route, labels,
                                     receivers_.at(route->receiver()));
    }
    slot.inserted++;
    slot.group->Insert(alert);
  }
}

void Dispatcher::Remove(const Route* route, const model::Labels& labels, uint64_t inserted) {
  auto groups = groups_.find(route);
  if (groups == groups_.end()) return;
  auto slot = groups->second.find(labels);
  if (slot != groups->second.end() && slot->second.inserted == inserted) groups->second.erase(slot);
}

void Dispatcher::RetireEmptyGroups() {
  for (const auto& [route, groups] : groups_) {
    for (const auto& [labels, slot] : groups) slot.group->RetireIfEmpty();
  }
}

size_t Dispatcher::group_count() const {
  size_t count = 0;
  for (const auto& [route, groups] : groups_) count += groups.size();
  return count;
}

}  // namespace tocsin::notify
