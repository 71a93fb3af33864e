#include "alerting/notify/dispatch/alert_group.h"

#include <algorithm>
#include <utility>

namespace tocsin::notify {
namespace {

/// A flush gets at least this long, however short the interval.
constexpr Duration kShortestDeadline{10'000};

}  // namespace

/// Any order will do; by hash is the quickest.
bool AlertGroup::ByLabels::operator()(const Member& a, const Member& b) const {
  const model::Labels& left = a.alert->labels;
  const model::Labels& right = b.alert->labels;
  return left.hash() != right.hash() ? left.hash() < right.hash() : left < right;
}

std::shared_ptr<AlertGroup> AlertGroup::Start(std::shared_ptr<const Shared> shared,
                                              std::shared_ptr<async::Strand> strand, const Route& route,
                                              model::Labels labels, std::shared_ptr<const Exits> exits) {
  return std::shared_ptr<AlertGroup>(
      new AlertGroup(std::move(shared), std::move(strand), route, std::move(labels), std::move(exits)));
}

AlertGroup::AlertGroup(std::shared_ptr<const Shared> shared, std::shared_ptr<async::Strand> strand,
                       const Route& route, model::Labels labels, std::shared_ptr<const Exits> exits)
    : shared_(std::move(shared)),
      strand_(std::move(strand)),
      route_(route),
      labels_(std::move(labels)),
      key_(route.key() + ":" + labels_.ToString()),
      exits_(std::move(exits)),
      lanes_(exits_->size()) {}

void AlertGroup::Insert(model::AlertPtr alert) {
  strand_->Post([weak = weak_from_this(), alert = std::move(alert)] {
    const std::shared_ptr<AlertGroup> self = weak.lock();
    if (!self) return;
    const Route& route = self->route_;
    self->members_.erase({alert});
    self->members_.insert({alert});
    // The wait begins with the first alert: with none, a short one could be over before anything is here.
    const bool waited = alert->starts_at + route.group_wait() < self->shared_->clock.Now();
    const bool first = self->inserted_++ == 0;
    if (!self->flushed_once_ && waited) return self->Arm(Duration(0));
    if (first) self->Arm(route.group_wait());
  });
}

void AlertGroup::RetireIfEmpty() {
  strand_->Post([weak = weak_from_this()] {
    const std::shared_ptr<AlertGroup> self = weak.lock();
    if (self && self->members_.empty()) self->shared_->on_empty(self->route_, self->labels_, self->inserted_);
  });
}

void AlertGroup::Arm(Duration delay) {
  timer_ = strand_->After(delay, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->Tick();
  });
}

void AlertGroup::Tick() {
  Arm(route_.group_interval());
  flushed_once_ = true;
  DropTold(shared_->clock.Now());
  for (size_t exit = 0; exit < lanes_.size(); ++exit) {
    if (lanes_[exit].passage || lanes_[exit].waits) {
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
  lane.flushed_at = shared_->clock.Now();
  Run(exit, nullptr);
}

void AlertGroup::Run(size_t exit, Turns::Place place) {
  if (members_.empty()) return;
  Lane& lane = lanes_[exit];
  auto passage = std::make_shared<Passage>();
  passage->strand = strand_;
  passage->flushed.reserve(members_.size());
  for (const Member& member : members_) passage->flushed.push_back(member.alert);
  SortAlerts(passage->flushed);
  passage->notification = {"", "", key_, route_.receiver(), labels_, passage->flushed, lane.flushed_at};
  passage->deadline = lane.flushed_at + std::max(route_.group_interval(), kShortestDeadline);
  passage->route = std::shared_ptr<const Route>(shared_->routes, &route_);
  passage->place = std::move(place);
  lane.passage = passage;
  (*exits_)[exit].stages->Run(passage, [weak = weak_from_this(), exit](const Status& status) {
    if (auto self = weak.lock()) self->Finished(exit, status);
  });
}

void AlertGroup::WaitForTurn(size_t exit, Turns& turns) {
  lanes_[exit].waits = true;
  turns.Wait([weak = weak_from_this(), exit](Turns::Place place) {
    const auto waiting = weak.lock();
    if (!waiting) return;
    waiting->strand_->Post([weak, exit, place = std::move(place)]() mutable {
      const auto self = weak.lock();
      if (!self) return;
      self->lanes_[exit].waits = false;
      self->Run(exit, std::move(place));
    });
  });
}

void AlertGroup::Finished(size_t exit, const Status& status) {
  Lane& lane = lanes_[exit];
  const PassagePtr passage = std::exchange(lane.passage, nullptr);
  passage->place.reset();
  if (passage->waits_for) return WaitForTurn(exit, *passage->waits_for);
  if (passage->again_at) {
    lane.held = strand_->After(*passage->again_at - shared_->clock.Now(), [weak = weak_from_this(), exit] {
      auto self = weak.lock();
      if (self && !self->lanes_[exit].passage && !self->lanes_[exit].waits) self->Flush(exit);
    });
  }
  if (status) {
    NoteTold(exit, passage->flushed);
    DropTold(lane.flushed_at);
  } else {
    shared_->log.Warn(
        "Notification failed, will be tried again",
        {{"group", key_.text()}, {"integration", (*exits_)[exit].id.ToString()}, {"err", status.error()}});
  }
  if (lane.again) Flush(exit);
}

void AlertGroup::NoteTold(size_t exit, const std::vector<model::AlertPtr>& flushed) {
  for (const model::AlertPtr& alert : flushed) {
    if (!alert->ResolvedAt(lanes_[exit].flushed_at)) continue;
    const auto member = members_.find({alert});
    if (member == members_.end() || member->alert != alert) continue;
    member->told.resize(lanes_.size());
    member->told[exit] = true;
  }
}

void AlertGroup::DropTold(Timestamp now) {
  std::erase_if(members_, [now](const Member& member) {
    return member.alert->ResolvedAt(now) && !member.told.empty() &&
           std::find(member.told.begin(), member.told.end(), false) == member.told.end();
  });
}

}  // namespace tocsin::notify
