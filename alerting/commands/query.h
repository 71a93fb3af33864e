// `tocsin query instant|range`: asks a Prometheus-compatible API, this program's own by default.
#pragma once

#include <string>

namespace tocsin::app {

struct QueryCommand {
  bool range = false;
  std::string expression;
  std::string url = "http://127.0.0.1:9093";
  std::string time = {};   ///< as the API reads times; "": now
  std::string start = {};  ///< "": an hour before the end
  std::string end = {};    ///< "": now
  std::string step = {};   ///< "": as many steps as the plot has columns
};

/// Prints the answer; 0, or 1 with what is wrong on standard error.
int Query(const QueryCommand& command);

}  // namespace tocsin::app
