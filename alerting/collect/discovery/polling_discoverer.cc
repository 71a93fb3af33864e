#include "alerting/collect/discovery/polling_discoverer.h"

#include <algorithm>
#include <utility>

namespace tocsin::collect {

PollingDiscoverer::PollingDiscoverer(std::shared_ptr<async::Strand> strand, Duration interval,
                                     const Logger& log)
    : interval_(std::max(interval, Duration(1))),
      strand_(std::move(strand)),
      log_(log.With({{"component", "discovery"}})) {}

void PollingDiscoverer::Start(Update update) {
  update_ = std::move(update);
  Poll();
}

void PollingDiscoverer::Poll() {
  timer_ = strand_->After(interval_, [this] { Poll(); });
  if (std::exchange(asking_, true)) return;  // the answer to the last question is still to come
  Ask();
}

void PollingDiscoverer::Answer(Result<std::vector<TargetGroup>> groups) {
  asking_ = false;
  if (!groups) {
    std::string failure = groups.error().ToString();
    if (failure != last_failure_)
      log_.Error("Discovery failed; the targets known before stay", {{"err", failure}});
    last_failure_ = std::move(failure);
    return;
  }
  if (!last_failure_.empty()) log_.Info("Discovery works again");
  last_failure_.clear();
  if (std::exchange(answered_, true) && *groups == known_) return;
  known_ = std::move(*groups);
  update_(known_);
}

}  // namespace tocsin::collect
