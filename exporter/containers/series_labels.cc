#include "exporter/containers/series_labels.h"

#include <algorithm>
#include <string_view>

#include <fnmatch.h>

#include "base/exposition/writer.h"

namespace tocsin::containers {

namespace {

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
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

std::string RenderSeriesLabels(const Container& container, const LabelChoice& choice) {
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

  return exposition::RenderLabels(all);
}

std::string RenderLabel(std::string_view name, std::string_view value) {
  const std::string set = exposition::RenderLabels({{name, value}});
  return set.substr(1, set.size() - 2);
}

const std::string& InterfaceLabels::Of(std::string_view interface) {
  const auto known = labels_.find(interface);
  if (known != labels_.end()) return known->second;
  return labels_.emplace(interface, RenderLabel("interface", interface)).first->second;
}

void InterfaceLabels::Trim() {
  constexpr size_t kMany = 1000;
  if (labels_.size() > kMany) labels_.clear();
}

}  // namespace tocsin::containers
