// `tocsin test rules`: promtool's unit-test files.
#pragma once

#include <string>
#include <vector>

#include "alerting/promql/engine.h"

namespace tocsin::app {

struct TestRulesCommand {
  std::vector<std::string> files;
  std::vector<std::string> run;        ///< regular expressions; "": every test
  std::string junit;                   ///< a file to write; "": none
  bool ignore_unknown_fields = false;  ///< of rule files; the tests themselves are read strictly
  promql::EngineOptions engine = {};
};

/// Prints what every file gave; 0 when all is as expected, else 1.
int TestRules(const TestRulesCommand& command);

}  // namespace tocsin::app
