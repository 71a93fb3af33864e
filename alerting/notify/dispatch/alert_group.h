// The alerts that share a route and its group labels, and the rhythm in which they are told.
#pragma once

#include <functional>
#include <memory>
#include <set>
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

/// Lives on a strand, which it may share. From its first alert a group waits group_wait, or not at all when
/// an alert has waited that long already; then it flushes every group_interval: each exit is handed the
/// alerts as they stand. An exit that is still busy with the last flush, or waits for its turn, gets the next
/// one as soon as it is done, and holds up no other. A resolved alert leaves once every exit has told it and
/// it has not changed since. An empty group keeps its rhythm, as Alertmanager's does, until it is asked to
/// retire.
///
/// Dropping the last reference ends everything that is under way; any thread may do it.
class AlertGroup : public std::enable_shared_from_this<AlertGroup> {
 public:
  /// What the groups of one dispatcher share.
  struct Shared {
    const Clock& clock;  ///< outlives the groups
    std::shared_ptr<const Route> routes;
    Logger log;
    /// An empty group, on its strand, with the number of alerts inserted until then; who sent more knows that
    /// they are still on their way.
    std::function<void(const Route& route, const model::Labels& labels, uint64_t inserted)> on_empty;
  };

  /// `route` is one of `shared->routes`.
  static std::shared_ptr<AlertGroup> Start(std::shared_ptr<const Shared> shared,
                                           std::shared_ptr<async::Strand> strand, const Route& route,
                                           model::Labels labels, std::shared_ptr<const Exits> exits);

  /// Thread safe.
  void Insert(model::AlertPtr alert);

  /// Calls `on_empty` when nothing is left to tell. Thread safe.
  void RetireIfEmpty();

 private:
  struct Member {
    model::AlertPtr alert;
    mutable std::vector<bool> told = {};  ///< by each exit, since the alert last changed; empty: by none
  };
  struct ByLabels {
    bool operator()(const Member& a, const Member& b) const;
  };
  struct Lane {
    PassagePtr passage;  ///< of the flush under way
    Timestamp flushed_at;
    bool waits = false;  ///< the flush is due, and waits for its turn
    bool again = false;  ///< another is due after it
    async::Timer held;   ///< flushes once more for what a stage held back
  };

  AlertGroup(std::shared_ptr<const Shared> shared, std::shared_ptr<async::Strand> strand, const Route& route,
             model::Labels labels, std::shared_ptr<const Exits> exits);

  void Arm(Duration delay);
  void Tick();
  void Flush(size_t exit);
  /// Hands the exit what there is, as of the lane's `flushed_at`.
  void Run(size_t exit, Turns::Place place);
  void WaitForTurn(size_t exit, Turns& turns);
  void Finished(size_t exit, const Status& status);
  void NoteTold(size_t exit, const std::vector<model::AlertPtr>& flushed);
  void DropTold(Timestamp now);

  const std::shared_ptr<const Shared> shared_;
  const std::shared_ptr<async::Strand> strand_;
  const Route& route_;
  const model::Labels labels_;
  const GroupKey key_;
  const std::shared_ptr<const Exits> exits_;

  // Touched on the strand alone.
  std::set<Member, ByLabels> members_;
  std::vector<Lane> lanes_;
  async::Timer timer_;
  bool flushed_once_ = false;
  uint64_t inserted_ = 0;
};

}  // namespace tocsin::notify
