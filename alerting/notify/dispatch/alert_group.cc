#include "alerting/notify/dispatch/alert_group.h"

#include <algorithm>

namespace tocsin::notify {
namespace {

/// A flush gets at least this long, however short the interval.
constexpr Duration kShortestDeadline{10'000};

}  // namespace

std::shared_ptr<AlertGroup> AlertGroup::Start(async::Executor& executor, std::shared_ptr<const Route> route,
                                              model::Labels labels, std::shared_ptr<const Exits> exits,
                                              OnEmpty on_empty, const Logger& log) {
  std::shared_ptr<AlertGroup> group(new AlertGroup(executor, std::move(route), std::move(labels),
                                                   std::move(exits), std::move(on_empty), log));
  return group;
}

AlertGroup::AlertGroup(async::Executor& executor, std::shared_ptr<const Route> route, model::Labels labels,
                       std::shared_ptr<const Exits> exits, OnEmpty on_empty, const Logger& log)
    : clock_(executor.clock()),
      route_(std::move(route)),
      labels_(std::move(labels)),
      key_(route_->key() + ":" + labels_.ToString()),
      exits_(std::move(exits)),
      on_empty_(std::move(on_empty)),
      log_(log.With({{"group", key_}})),
      strand_(executor.MakeStrand()),
      lanes_(exits_->size()) {}

void AlertGroup::Insert(model::AlertPtr alert) {
  strand_->Post([weak = weak_from_this(), alert = std::move(alert)] {
    std::shared_ptr<AlertGroup> self = weak.lock();
    if (!self) return;
    Member& member = self->members_[alert->labels];
    member.alert = alert;
    member.told.assign(self->lanes_.size(), false);
    // The wait begins with the first alert: with none, a short one could be over before anything is here.
    if (self->inserted_++ == 0) self->Arm(self->route_->group_wait());
    bool waited = alert->starts_at + self->route_->group_wait() < self->clock_.Now();
    if (!self->flushed_once_ && waited) self->Arm(Duration(0));
  });
}

void AlertGroup::RetireIfEmpty() {
  strand_->Post([weak = weak_from_this()] {
    std::shared_ptr<AlertGroup> self = weak.lock();
    if (self && self->members_.empty()) self->on_empty_(self->inserted_);
  });
}

void AlertGroup::Arm(Duration delay) {
  timer_ = strand_->After(delay, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->Tick();
  });
}

void AlertGroup::Tick() {
  Arm(route_->group_interval());
  flushed_once_ = true;
  DropTold(clock_.Now());
  for (size_t exit = 0; exit < lanes_.size(); ++exit) {
    if (lanes_[exit].passage) {
      lanes_[exit].again = true;
    } else {
      Flush(exit);
    }
  }
}

void AlertGroup::Flush(size_t exit) {
  Lane& lane = lanes_[exit];
  lane.again = false;
  lane.held.Cancel();
  lane.flushed.clear();
  lane.flushed.reserve(members_.size());
  for (const auto& [labels, member] : members_) lane.flushed.push_back(member.alert);
  if (lane.flushed.empty()) return;
  SortAlerts(lane.flushed);
  lane.flushed_at = clock_.Now();

  auto passage = std::make_shared<Passage>();
  passage->strand = strand_;
  passage->notification = {"", "", key_, route_->receiver(), labels_, lane.flushed, lane.flushed_at};
  passage->deadline = lane.flushed_at + std::max(route_->group_interval(), kShortestDeadline);
  passage->route = route_;
  lane.passage = passage;
  (*exits_)[exit].stages->Run(passage, [weak = weak_from_this(), exit](const Status& status) {
    if (auto self = weak.lock()) self->Finished(exit, status);
  });
}

void AlertGroup::Finished(size_t exit, const Status& status) {
  Lane& lane = lanes_[exit];
  if (const auto again_at = lane.passage->again_at) {
    lane.held = strand_->After(*again_at - clock_.Now(), [weak = weak_from_this(), exit] {
      auto self = weak.lock();
      if (self && !self->lanes_[exit].passage) self->Flush(exit);
    });
  }
  lane.passage.reset();
  if (status) {
    for (const model::AlertPtr& alert : lane.flushed) {
      auto member = members_.find(alert->labels);
      bool unchanged = member != members_.end() && member->second.alert == alert;
      if (unchanged && alert->ResolvedAt(lane.flushed_at)) member->second.told[exit] = true;
    }
    DropTold(lane.flushed_at);
  } else {
    log_.Warn("Notification failed, will be tried again",
              {{"integration", (*exits_)[exit].id.ToString()}, {"err", status.error()}});
  }
  if (lane.again) Flush(exit);
}

void AlertGroup::DropTold(Timestamp now) {
  std::erase_if(members_, [now](const auto& entry) {
    const Member& member = entry.second;
    return member.alert->ResolvedAt(now) &&
           std::find(member.told.begin(), member.told.end(), false) == member.told.end();
  });
}

}  // namespace tocsin::notify
