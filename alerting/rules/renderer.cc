#include "alerting/rules/renderer.h"

#include <bit>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tocsin::rules {

Renderer::Renderer(const RuleSpec& spec, const TemplateScope& scope, Logger log)
    : spec_(spec), scope_(scope), log_(std::move(log)) {}

// True when a text changed. The data for the templates are made only when one runs.
bool Renderer::Refresh(const std::vector<TemplatedLabel>& templates, const model::Labels& element,
                       double value, bool is_new, bool value_changed, std::vector<std::string>& texts) {
  std::optional<AlertTemplateData> data;
  bool changed = is_new;
  texts.resize(templates.size());
  for (size_t i = 0; i < templates.size(); ++i) {
    const TemplateInputs inputs = templates[i].value.inputs();
    const bool stale =
        is_new || inputs == TemplateInputs::kAny || (inputs == TemplateInputs::kValue && value_changed);
    if (!stale) continue;
    if (!data) data.emplace(element, value, scope_);
    ++executed_;
    auto text = templates[i].value.Expand(*data);
    if (!text) {
      log_.Warn("Expanding alert template failed",
                {{"alert", spec_.name}, {"name", templates[i].name}, {"err", text.error().message()}});
      text = fmt::format("<error expanding template: {}>", text.error().message());
    }
    if (*text == texts[i]) continue;
    texts[i] = *std::move(text);
    changed = true;
  }
  return changed;
}

const Rendered& Renderer::Render(const model::Labels& element, double value) {
  const auto [place, is_new] = entries_.try_emplace(element);
  Entry& entry = place->second;
  const bool value_changed = std::bit_cast<uint64_t>(entry.value) != std::bit_cast<uint64_t>(value);
  entry.value = value;
  entry.round = round_;
  if (is_new) {
    entry.rendered.source = model::LabelsBuilder(element).Delete(model::kMetricName).Build();
  }
  if (Refresh(spec_.label_templates, element, value, is_new, value_changed, entry.label_texts)) {
    model::LabelsBuilder labels(entry.rendered.source);
    for (size_t i = 0; i < entry.label_texts.size(); ++i) {
      labels.Set(spec_.label_templates[i].name, entry.label_texts[i]);
    }
    entry.rendered.labels = labels.Set(model::kAlertName, spec_.name).Build();
  }
  if (Refresh(spec_.annotation_templates, element, value, is_new, value_changed, entry.annotation_texts)) {
    std::vector<model::Label> annotations;
    annotations.reserve(entry.annotation_texts.size());
    for (size_t i = 0; i < entry.annotation_texts.size(); ++i) {
      annotations.push_back({spec_.annotation_templates[i].name, entry.annotation_texts[i]});
    }
    entry.rendered.annotations = model::Labels(annotations);
  }
  return entry.rendered;
}

void Renderer::EndRound() {
  std::erase_if(entries_, [this](const auto& item) { return item.second.round != round_; });
  ++round_;
}

}  // namespace tocsin::rules
