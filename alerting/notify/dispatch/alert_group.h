// The alerts that share a route and its group labels, and the rhythm in which they are told.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "alerting/notify/dispatch/route.h"
#include "alerting/notify/stages/stage.h"
#include "base/async/strand.h"
#include "base/log.h"

namespace tocsin::notify {

/// A way out of a receiver.
struct Exit {
  IntegrationId id;
  std::shared_ptr<const StageChain> stages;
};
using Exits = std::vector<Exit>;

/// Lives on a strand of its own. From its first alert a group waits group_wait, or not at all when an alert
/// has waited that long already; then it flushes every group_interval: each exit is handed the alerts as they
/// stand. An exit that is still busy with the last flush gets the next one as soon as it is done, and holds
/// up no other. A resolved alert leaves once every exit has told it and it has not changed since. An empty
/// group keeps its rhythm, as Alertmanager's does, until it is asked to retire.
///
/// Dropping the last reference ends everything that is under way; any thread may do it.
class AlertGroup : public std::enable_shared_from_this<AlertGroup> {
 public:
  /// Called on the group's strand with the number of alerts inserted until then; who sent more knows that
  /// they are still on their way.
  using OnEmpty = std::function<void(uint64_t inserted)>;

  /// `executor` must outlive the group.
  static std::shared_ptr<AlertGroup> Start(async::Executor& executor, std::shared_ptr<const Route> route,
                                           model::Labels labels, std::shared_ptr<const Exits> exits,
                                           OnEmpty on_empty, const Logger& log);

  /// Thread safe.
  void Insert(model::AlertPtr alert);

  /// Calls `on_empty` when nothing is left to tell. Thread safe.
  void RetireIfEmpty();

 private:
  struct Member {
    model::AlertPtr alert;
    std::vector<bool> told;  ///< by each exit, since the alert last changed
  };
  struct Lane {
    PassagePtr passage;  ///< of the flush under way
    std::vector<model::AlertPtr> flushed;
    Timestamp flushed_at;
    bool again = false;
    async::Timer held;  ///< flushes once more for what a stage held back
  };

  AlertGroup(async::Executor& executor, std::shared_ptr<const Route> route, model::Labels labels,
             std::shared_ptr<const Exits> exits, OnEmpty on_empty, const Logger& log);

  void Arm(Duration delay);
  void Tick();
  void Flush(size_t exit);
  void Finished(size_t exit, const Status& status);
  void DropTold(Timestamp now);

  const Clock& clock_;
  const std::shared_ptr<const Route> route_;
  const model::Labels labels_;
  const std::string key_;
  const std::shared_ptr<const Exits> exits_;
  const OnEmpty on_empty_;
  const Logger log_;
  const std::shared_ptr<async::Strand> strand_;

  // Touched on the strand alone.
  std::unordered_map<model::Labels, Member, model::LabelsHash> members_;
  std::vector<Lane> lanes_;
  async::Timer timer_;
  bool flushed_once_ = false;
  uint64_t inserted_ = 0;
};

}  // namespace tocsin::notify
