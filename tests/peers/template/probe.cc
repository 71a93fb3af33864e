// Renders each line of standard input as a template, and writes a JSON string for each: what came out, or
// null where it failed. `template_probe rules` has Prometheus' functions and the data of differential.py's
// rule; `template_probe text|html` has Alertmanager's.
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

#include "alerting/template/functions/alertmanager.h"
#include "alerting/template/functions/prometheus.h"
#include "alerting/template/template.h"

using namespace tocsin;              // NOLINT(google-build-using-namespace): a program of its own
using namespace tocsin::templating;  // NOLINT(google-build-using-namespace)

namespace {

Result<model::Vector> Query(const std::string& expression) {
  if (expression == "none") return model::Vector();
  if (expression != "m") return Fail(ErrorCode::kInvalidArgument, "no such query here");
  const Timestamp at = Timestamp::FromMillis(120'000);
  return model::Vector{{model::Labels{{"__name__", "m"}, {"instance", "a:80"}, {"job", "j"}}, at, 3.0},
                       {model::Labels{{"__name__", "m"}, {"instance", "b:80"}, {"job", "k"}}, at, 30.0}};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "rules";
  const bool rules = mode == "rules";
  const SystemClock clock;
  const TemplateSet set(rules ? PrometheusFunctions({Query, [] { return Timestamp::FromMillis(120'000); },
                                                     "http://localhost:9090"})
                              : AlertmanagerFunctions(clock));
  const Value data =
      Map{{"Labels", Value(Map{{"__name__", "m"}, {"instance", "a:80"}, {"job", "j"}}, Element::kString)},
          {"ExternalLabels", Value(Map{{"region", "eu"}}, Element::kString)},
          {"Value", 3.0}};
  const std::string variables =
      "{{ $labels := .Labels }}{{ $value := .Value }}{{ $externalLabels := .ExternalLabels }}";
  for (std::string line; std::getline(std::cin, line);) {
    const auto out = mode == "html" ? set.ExecuteHtmlText(line, data)
                                    : set.ExecuteText(rules ? variables + line : line, data);
    std::cout << (out ? nlohmann::json(*out) : nlohmann::json())
                     .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
              << "\n";
  }
}
