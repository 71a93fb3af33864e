// What discoveries that ask a service over and over have in common: when they ask, and that a failure keeps
// the targets of the last answer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "alerting/collect/discovery/discoverer.h"
#include "base/async/strand.h"
#include "base/log.h"
#include "base/time.h"

namespace tocsin::collect {

/// A body with more is refused: targets that a service invents must not fill the memory.
inline constexpr size_t kMostDiscovered = 100'000;
inline constexpr size_t kMostDiscoveryBytes = size_t{16} << 20;

/// As Discoverer: lives on its owner's strand. Start() asks at once; the answer comes later.
class PollingDiscoverer : public Discoverer {
 public:
  PollingDiscoverer(std::shared_ptr<async::Strand> strand, Duration interval, const Logger& log);
  void Start(Update update) final;

 protected:
  /// Asks; Answer() is to be called once, on the strand, with all that the service knows.
  virtual void Ask() = 0;
  void Answer(Result<std::vector<TargetGroup>> groups);

  /// Makes of `task(value)` something that may be called from any thread, also when this is gone.
  template <typename Task>
  auto Later(Task task) const {
    return [strand = strand_, alive = std::weak_ptr<bool>(alive_), task = std::move(task)](auto value) {
      strand->Post([alive, task, value = std::move(value)]() mutable {
        if (!alive.expired()) task(std::move(value));
      });
    };
  }
  const Duration interval_;

 private:
  void Poll();

  const std::shared_ptr<async::Strand> strand_;
  const Logger log_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Update update_;
  async::Timer timer_;
  bool asking_ = false;
  bool answered_ = false;
  std::string last_failure_;  // logged once
  std::vector<TargetGroup> known_;
};

}  // namespace tocsin::collect
