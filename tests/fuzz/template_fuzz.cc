// Any bytes as a template: parsing and executing end, within their limits, and HTML output escapes what it
// prints.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "alerting/template/functions/alertmanager.h"
#include "alerting/template/functions/prometheus.h"
#include "alerting/template/template.h"

using namespace tocsin;              // NOLINT(google-build-using-namespace): a program of its own
using namespace tocsin::templating;  // NOLINT(google-build-using-namespace)

namespace {

FunctionTable AllFunctions(const Clock& clock) {
  FunctionTable table = AlertmanagerFunctions(clock);
  const auto query = [](const std::string&) -> Result<model::Vector> {
    return model::Vector{{model::Labels{{"job", "a"}}, Timestamp(), 1.0}};
  };
  table.merge(PrometheusFunctions({query, [] { return Timestamp(); }, "http://localhost/x"}));
  return table;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const FakeClock clock;
  static const TemplateSet set(WithBuiltins(AllFunctions(clock)));
  static const Value dot = Map{{"Labels", Value(Map{{"a", "<b> \"'"}}, Element::kString)},
                               {"Value", 1.5},
                               {"List", List{1, "x", Value()}},
                               {"At", Timestamp::FromMillis(1'700'000'000'000)}};
  const ExecuteLimits limits{.max_output_bytes = 1 << 16, .max_steps = 20'000, .max_depth = 50};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto plain = set.ExecuteText(text, dot, limits);
  const auto html = set.ExecuteHtmlText(text, dot, limits);
  if (plain && plain->size() > (size_t{1} << 25)) std::abort();
  if (html && text.find('<') == std::string_view::npos && text.find("safeHtml") == std::string_view::npos &&
      html->find('<') != std::string::npos) {
    std::abort();  // nothing but the template's own text may open a tag
  }
  return 0;
}
