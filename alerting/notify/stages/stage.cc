#include "alerting/notify/stages/stage.h"

namespace tocsin::notify {

void StageChain::Run(const PassagePtr& passage, Done done) const {
  passage->stages = shared_from_this();
  passage->stage = 0;
  passage->done = std::move(done);
  Enter(passage);
}

void StageChain::Enter(const PassagePtr& passage) const {
  if (passage->stage == stages_.size()) return passage->done({});
  // Stages call on only while the passage is there. A pointer takes no memory of its own, and there are many
  // stages.
  stages_[passage->stage]->Enter(passage, [there = passage.get()](const Result<Onward>& onward) {
    const PassagePtr self = there->shared_from_this();
    if (!onward) return self->done(Fail(onward.error()));
    if (*onward == Onward::kEnd) return self->done({});
    ++self->stage;
    self->stages->Enter(self);
  });
}

}  // namespace tocsin::notify
