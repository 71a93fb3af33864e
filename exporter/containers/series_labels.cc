#include "exporter/containers/series_labels.h"

#include <algorithm>
#include <string_view>

#include <fnmatch.h>

#include "base/exposition/writer.h"

namespace tocsin::containers {

namespace {

using exposition::WithLabel;

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string Fault(const std::string& base, const char* type, const char* scope) {
  return WithLabel(WithLabel(base, "failure_type", type), "scope", scope);
}

}  // namespace

bool LabelChoice::Takes(const std::string& name) const {
  if (name == "com.docker.compose.project" || name == "com.docker.compose.service") return true;
  return std::any_of(globs_.begin(), globs_.end(), [&name](const std::string& glob) {
    return ::fnmatch(glob.c_str(), name.c_str(), 0) == 0;
  });
}

std::string SeriesLabelName(std::string_view label) {
  std::string name = "container_label_";
  for (const char c : label) name += IsNameCharacter(c) ? c : '_';
  return name;
}

SeriesLabels SeriesLabels::Render(const Container& container, const LabelChoice& choice) {
  std::vector<std::pair<std::string, std::string_view>> chosen;
  for (const auto& [key, value] : container.labels) {
    if (!choice.Takes(key)) continue;
    std::string name = SeriesLabelName(key);
    // "a.b" and "a-b" come to the same name, which may be there once only.
    const bool taken =
        std::any_of(chosen.begin(), chosen.end(), [&name](const auto& c) { return c.first == name; });
    if (!taken) chosen.emplace_back(std::move(name), value);
  }
  std::vector<std::pair<std::string_view, std::string_view>> all;
  all.reserve(chosen.size() + 3);
  if (!container.id.empty()) all.emplace_back("id", container.id);
  if (!container.image.empty()) all.emplace_back("image", container.image);
  if (!container.name.empty()) all.emplace_back("name", container.name);
  for (const auto& [name, value] : chosen) all.emplace_back(name, value);

  SeriesLabels labels;
  labels.base = exposition::RenderLabels(all);
  labels.cpu_total = WithLabel(labels.base, "cpu", "total");
  labels.failures = {
      Fault(labels.base, "pgfault", "container"), Fault(labels.base, "pgmajfault", "container"),
      Fault(labels.base, "pgfault", "hierarchy"), Fault(labels.base, "pgmajfault", "hierarchy")};
  for (int i = 0; i < kStateCount; ++i) {
    const auto state = static_cast<State>(i);
    labels.states[static_cast<size_t>(i)] = WithLabel(labels.base, "state", StateName(state));
  }
  labels.health = {WithLabel(labels.base, "status", "starting"), WithLabel(labels.base, "status", "healthy"),
                   WithLabel(labels.base, "status", "unhealthy")};
  return labels;
}

const std::string& VariantLabels::Of(const std::string& base, std::string_view value) {
  for (const auto& [known, labels] : sets_) {
    if (known == value) return labels;
  }
  return sets_.emplace_back(value, WithLabel(base, label_, value)).second;
}

}  // namespace tocsin::containers
