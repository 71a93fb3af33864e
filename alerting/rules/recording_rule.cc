#include "alerting/rules/recording_rule.h"

#include <unordered_set>

#include <fmt/format.h>

namespace tocsin::rules {

Result<model::Vector> Record(const RuleSpec& spec, model::Vector vector, int64_t limit) {
  std::unordered_set<model::Labels, model::LabelsHash> seen;
  for (model::VectorElement& element : vector) {
    model::LabelsBuilder labels(element.labels);
    labels.Set(model::kMetricName, spec.name);
    for (const auto& [name, value] : spec.written_labels) labels.Set(name, value);
    element.labels = labels.Build();
    if (!seen.insert(element.labels).second) {
      return Fail(ErrorCode::kInvalidArgument,
                  "vector contains metrics with the same labelset after applying rule labels");
    }
  }
  if (limit > 0 && vector.size() > static_cast<size_t>(limit)) {
    return Fail(ErrorCode::kResourceExhausted,
                fmt::format("exceeded limit of {} with {} series", limit, vector.size()));
  }
  return vector;
}

}  // namespace tocsin::rules
