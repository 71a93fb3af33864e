// Runs one group of unit tests: the rules over the input series, on a clock of their own.
#pragma once

#include <string>
#include <vector>

#include "alerting/commands/rule_test_file.h"
#include "alerting/promql/engine.h"

namespace tocsin::app {

/// What went otherwise than expected: where it is written, and what to show of it, line by line.
struct TestFailure {
  Position position;
  std::string what;  ///< "alertname: A, time: 5m"
  std::vector<std::string> lines;
};

/// Empty when all is as expected. Faults of the rule files and of evaluations are failures, too.
std::vector<TestFailure> RunTestGroup(const RuleTestFile& file, const TestGroup& test,
                                      const promql::EngineOptions& options);

}  // namespace tocsin::app
