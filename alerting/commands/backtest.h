// `tocsin rules backtest`: what rules would have done over samples that are stored.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"

namespace tocsin::app {

struct BacktestCommand {
  std::vector<std::string> rules;
  std::string from = {};      ///< as the API reads times; "": an hour before the end
  std::string to = {};        ///< "": now
  std::string url = {};       ///< of a Prometheus-compatible API
  Duration interval{60'000};  ///< between evaluations of groups without one of their own
  std::string storage = {};   ///< or a store's folder, of an engine that does not run
  std::string format = "table";
  std::string notify_config = {};  ///< an alertmanager.yml to count messages by; "": none are counted
  uint64_t max_samples = 50'000'000;
};

/// Prints what it found; 0, or 1 with what is wrong on standard error.
int Backtest(const BacktestCommand& command);

}  // namespace tocsin::app
