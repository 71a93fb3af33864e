// The labels of a container's series, rendered once when the container changes and not at each scrape. Kept
// is one set for each container and, once, what some families put behind it: a set for each of its series
// would be so much memory that reading it takes longer than reading the cgroup.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/containers/container.h"

namespace tocsin::containers {

/// Which of a container's own labels become labels of its series; compose's project and service always do.
class LabelChoice {
 public:
  /// Globs (fnmatch(3)) over the containers' label names.
  explicit LabelChoice(std::vector<std::string> globs = {}) : globs_(std::move(globs)) {}
  bool Takes(const std::string& name) const;

 private:
  std::vector<std::string> globs_;
};

/// "com.docker.compose.project" to "container_label_com_docker_compose_project".
std::string SeriesLabelName(std::string_view label);

/// Each container's series have the labels that it has, and no others. `id` and `image` are left off where
/// they are "".
std::string RenderSeriesLabels(const Container& container, const LabelChoice& choice);

/// "state=\"running\"": a label without the others of its set.
std::string RenderLabel(std::string_view name, std::string_view value);

/// The interfaces of all containers as labels, each rendered when first asked for.
class InterfaceLabels {
 public:
  /// What it gives stays where it is until the next Trim().
  const std::string& Of(std::string_view interface);
  /// Forgets all when they are many: a container may call its interfaces as it likes, again and again.
  void Trim();

 private:
  std::map<std::string, std::string, std::less<>> labels_;
};

}  // namespace tocsin::containers
