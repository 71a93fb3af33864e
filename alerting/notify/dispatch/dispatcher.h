// Sends alerts down the routing tree into their groups.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "alerting/notify/dispatch/alert_group.h"
#include "alerting/notify/dispatch/route.h"

namespace tocsin::notify {

/// The groups of one configuration; a reload makes a new one. Lives on `strand`, where all of it is called;
/// dropping it ends its groups.
class Dispatcher : public std::enable_shared_from_this<Dispatcher> {
 public:
  /// `executor` must outlive it. `receivers` has every receiver that the routes name.
  Dispatcher(async::Executor& executor, std::shared_ptr<async::Strand> strand, const RouteOptions& routes,
             const std::map<std::string, Exits>& receivers, Logger log);

  void Dispatch(const model::AlertPtr& alert);
  /// Lets groups go that have nothing left to tell. For every half minute, as Alertmanager does: a group that
  /// was emptied a moment ago keeps its rhythm when an alert comes back.
  void RetireEmptyGroups();
  const std::shared_ptr<const Route>& routes() const { return routes_; }
  size_t group_count() const;

 private:
  struct Slot {
    std::shared_ptr<AlertGroup> group;
    uint64_t inserted = 0;
  };

  void Remove(const Route* route, const model::Labels& labels, uint64_t inserted);

  const std::shared_ptr<const AlertGroup::Shared>& shared();

  const Clock& clock_;
  std::shared_ptr<async::Strand> strand_;
  std::map<std::string, std::shared_ptr<const Exits>> receivers_;
  Logger log_;
  /// Shared with the groups, which may outlive us by what they do at that moment.
  std::shared_ptr<const Route> routes_;
  std::shared_ptr<const AlertGroup::Shared> shared_;  ///< made when the first group is
  std::vector<std::shared_ptr<async::Strand>> group_strands_;
  size_t next_strand_ = 0;
  std::unordered_map<const Route*, std::unordered_map<model::Labels, Slot, model::LabelsHash>> groups_;
};

}  // namespace tocsin::notify
