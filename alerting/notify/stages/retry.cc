#include "alerting/notify/stages/retry.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "alerting/notify/notification_id.h"

namespace tocsin::notify {

Duration Backoff::After(int failures) const {
  double pause = static_cast<double>(initial.count()) * std::pow(multiplier, failures - 1);
  pause = std::min(pause, static_cast<double>(max.count()));
  double spread = randomization * (2 * random() - 1);
  return Duration(std::llround(pause * (1 + spread)));
}

/// The attempts of one passage. Owned by it, so that it all ends when the passage is dropped; callbacks find
/// their way back through a weak pointer to the passage.
class RetryStage::Delivery final : public Passage::Work {
 public:
  Delivery(const RetryStage& stage, const PassagePtr& passage, Next next)
      : stage_(stage), passage_(passage), next_(std::move(next)) {}

  void Start() {
    PassagePtr passage = passage_.lock();
    const Duration left = passage->deadline - stage_.clock_.Now();
    if (left <= Duration(0)) return GiveUp(Error(ErrorCode::kTimeout, "waited too long for its turn"));
    deadline_ = passage->strand->After(
        left, Callback([](Delivery& self) {
          self.GiveUp(Error(ErrorCode::kTimeout, "the receiver did not answer in time"));
        }));
    Try();
  }

 private:
  /// Calls `act` while the passage lives and this delivery is what it waits for.
  async::Task Callback(void (*act)(Delivery&)) {
    return [weak = passage_, self = this, act] {
      PassagePtr passage = weak.lock();
      if (passage && passage->work.get() == self) act(*self);
    };
  }

  void Try() {
    PassagePtr passage = passage_.lock();
    stage_.counters_->attempts++;
    int number = ++started_;
    auto done = [weak = passage_, self = this, number, strand = passage->strand](SendResult result) {
      strand->Post([weak, self, number, result = std::move(result)] {
        PassagePtr alive = weak.lock();
        if (alive && alive->work.get() == self && self->started_ == number) self->Finished(result);
      });
    };
    attempt_ = stage_.integration_->Send(passage->notification, passage->deadline - stage_.clock_.Now(),
                                         std::move(done));
  }

  /// Others may have its place between two attempts.
  void TryAgain() {
    stage_.turns_->Wait([weak = passage_, self = this](Turns::Place place) {
      const PassagePtr waiting = weak.lock();
      if (!waiting) return;
      waiting->strand->Post([weak, self, place = std::move(place)]() mutable {
        const PassagePtr passage = weak.lock();
        if (!passage || passage->work.get() != self) return;
        passage->place = std::move(place);
        self->Try();
      });
    });
  }

  void Finished(const SendResult& result) {
    attempt_.reset();
    const PassagePtr passage = passage_.lock();
    if (result.thread) passage->thread = *result.thread;
    passage->notification.thread = passage->thread;
    if (result.status) {
      if (result.flaw) stage_.log_.Warn("Notification sent, but not as configured", {{"err", *result.flaw}});
      return Leave(Onward::kNext);
    }
    stage_.counters_->attempts_failed++;
    failures_++;
    const Error& error = result.status.error();
    if (!error.retryable()) return GiveUp(error);
    Duration pause = stage_.backoff_.After(failures_);
    if (result.retry_after) pause = std::max(pause, *result.retry_after);
    if (stage_.clock_.Now() + pause >= passage->deadline) return GiveUp(error);
    stage_.log_.Debug("Notification attempt failed, will try again",
                      {{"attempt", failures_}, {"in", FormatDuration(pause)}, {"err", error}});
    passage->place.reset();
    timer_ = passage->strand->After(pause, Callback([](Delivery& self) { self.TryAgain(); }));
  }

  void GiveUp(const Error& error) {
    stage_.counters_->notifications_failed++;
    Leave(Fail(error.WithContext(fmt::format("not delivered after {} attempt(s)", std::max(failures_, 1)))));
  }

  /// Takes itself out of the passage before it calls on: the next stage may put its own work there.
  void Leave(Result<Onward> onward) {
    if (onward) {
      stage_.counters_->delivered++;
      stage_.counters_->delivery_ms += (stage_.clock_.Now() - due_).count();
    }
    PassagePtr passage = passage_.lock();
    std::unique_ptr<Work> self = std::move(passage->work);
    next_(std::move(onward));
  }

  const RetryStage& stage_;
  std::weak_ptr<Passage> passage_;
  Next next_;
  std::unique_ptr<Integration::Attempt> attempt_;
  async::Timer timer_;
  async::Timer deadline_;
  int started_ = 0;
  int failures_ = 0;
  const Timestamp due_ = stage_.clock_.Now();
};

RetryStage::RetryStage(std::shared_ptr<const Integration> integration, std::shared_ptr<Turns> turns,
                       Backoff backoff, const Clock& clock, std::shared_ptr<IntegrationCounters> counters,
                       const Logger& log)
    : integration_(std::move(integration)),
      turns_(std::move(turns)),
      backoff_(std::move(backoff)),
      clock_(clock),
      counters_(std::move(counters)),
      log_(log.With({{"integration", integration_->id().ToString()}})) {}

void RetryStage::Enter(const PassagePtr& passage, Next next) const {
  Notification& notification = passage->notification;
  if (!integration_->send_resolved()) {
    std::erase_if(notification.alerts, [&](const model::AlertPtr& alert) {
      return !notification.IsFiring(*alert) && !passage->told.owed.contains(alert->labels.Fingerprint());
    });
  }
  passage->thread = passage->told.thread;
  if (notification.alerts.empty()) return next(Onward::kNext);
  notification.thread = passage->told.thread;
  notification.id = NotificationId(notification, integration_->id(), passage->told.sent_at);
  counters_->notifications++;
  auto delivery = std::make_unique<Delivery>(*this, passage, std::move(next));
  Delivery& started = *delivery;
  passage->work = std::move(delivery);
  started.Start();
}

}  // namespace tocsin::notify
