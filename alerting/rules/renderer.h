// An alert's labels and annotations, rendered again only when what their templates use has changed.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "alerting/model/query_engine.h"
#include "alerting/rules/rule_spec.h"
#include "base/log.h"

namespace tocsin::rules {

/// What a rule makes of one element. References are good until the next EndRound().
struct Rendered {
  model::Labels source;  ///< the element's labels, without its metric name
  model::Labels labels;
  model::Labels annotations;
};

/// Not thread safe. Remembers what the last round's elements gave.
class Renderer {
 public:
  Renderer(const RuleSpec& spec, const TemplateScope& scope, Logger log);

  /// A template that fails gives its error as text, as in Prometheus.
  const Rendered& Render(const model::Labels& element, double value);
  /// Forgets the elements that nobody rendered since the last call.
  void EndRound();

  uint64_t executed() const { return executed_; }  ///< templates, since the start

 private:
  struct Entry {
    double value = 0;
    uint64_t round = 0;
    std::vector<std::string> label_texts;
    std::vector<std::string> annotation_texts;
    Rendered rendered;
  };
  bool Refresh(const std::vector<TemplatedLabel>& templates, const model::Labels& element, double value,
               bool is_new, bool value_changed, std::vector<std::string>& texts);

  const RuleSpec& spec_;
  const TemplateScope& scope_;
  Logger log_;
  uint64_t round_ = 1;
  uint64_t executed_ = 0;
  std::unordered_map<model::Labels, Entry, model::LabelsHash> entries_;
};

}  // namespace tocsin::rules
