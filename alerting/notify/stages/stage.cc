#include "alerting/notify/stages/stage.h"

namespace tocsin::notify {

void StageChain::Run(const PassagePtr& passage, Done done) const {
  passage->stages = shared_from_this();
  RunFrom(0, passage, std::move(done));
}

void StageChain::RunFrom(size_t index, const PassagePtr& passage, Done done) const {
  if (index == stages_.size()) return done({});
  std::weak_ptr<Passage> weak = passage;
  stages_[index]->Enter(passage, [this, index, weak, done = std::move(done)](Result<Onward> onward) {
    if (!onward) return done(Fail(onward.error()));
    if (*onward == Onward::kEnd) return done({});
    if (PassagePtr still_there = weak.lock()) RunFrom(index + 1, still_there, done);
  });
}

}  // namespace tocsin::notify
