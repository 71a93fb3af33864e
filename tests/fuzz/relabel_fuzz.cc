// Any expression, target, replacement and value (separated by zero bytes), with every action.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "alerting/collect/scrape/relabel.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tocsin;
  if (size == 0) return 0;
  std::array<std::string, 4> parts;
  size_t part = 0;
  for (size_t i = 1; i < size; ++i) {
    if (data[i] != 0) {
      parts[part] += static_cast<char>(data[i]);
    } else if (part + 1 < parts.size()) {
      ++part;
    }
  }
  collect::RelabelRule rule;
  rule.source_labels = {"a"};
  rule.regex = parts[0];
  rule.target_label = parts[1];
  rule.replacement = parts[2];
  rule.modulus = 7;
  rule.action = static_cast<collect::RelabelAction>(data[0] % 11);
  const Result<collect::Relabeling> relabeling = collect::Relabeling::Compile({rule});
  if (!relabeling) return 0;
  model::LabelsBuilder labels(model::Labels{{"a", parts[3]}, {"b", "c"}});
  if (relabeling->Apply(labels)) (void)labels.Build();
  return 0;
}
