// Asks whether the receiver has anything new to hear after what it was told last.
#pragma once

#include "alerting/notify/stages/stage.h"

namespace tocsin::notify {

/// Alertmanager's rules, and one of ours: an alert whose first message was due but never got through is told
/// when the receiver is back, even when it is over by then.
class DedupStage final : public Stage {
 public:
  explicit DedupStage(bool send_resolved) : send_resolved_(send_resolved) {}

  std::string_view name() const override { return "dedup"; }
  void Enter(const PassagePtr& passage, Next next) const override;

 private:
  bool send_resolved_;
};

/// Why the passage's `firing` and `resolved` are to be told to one who was `told`, in Alertmanager's words
/// for it ("new alerts added"); "" when they are not.
std::string_view WhyDue(const Passage& passage, bool send_resolved);

}  // namespace tocsin::notify
