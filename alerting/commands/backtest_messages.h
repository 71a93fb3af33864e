// Which messages the alerts of a backtest would have been: the real pipeline, on a clock that the backtest
// moves, with receivers that only count.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "alerting/model/alert.h"
#include "alerting/notify/options.h"
#include "base/error.h"

namespace tocsin::app {

struct MessageCount {
  std::string receiver;
  std::string integration;
  uint64_t messages = 0;
};

class MessageCounter final : public model::AlertSink {
 public:
  /// Nothing leaves the process: each message is taken as delivered.
  static Checked<std::unique_ptr<MessageCounter>> Make(const notify::Options& options, Timestamp from);
  ~MessageCounter() override;

  void Receive(std::span<const model::AlertPtr> alerts) override;
  void AdvanceTo(Timestamp at);
  /// By receiver; those without messages left out.
  std::vector<MessageCount> Counts() const;

 private:
  class Pipeline;
  explicit MessageCounter(std::unique_ptr<Pipeline> pipeline);
  std::unique_ptr<Pipeline> pipeline_;
};

}  // namespace tocsin::app
