// The labels of a container's series, rendered once when the container changes and not at each scrape.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
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

/// Each container's series have the labels that it has, and no others.
struct SeriesLabels {
  std::string base;
  std::string cpu_total;
  std::array<std::string, 4> failures;  ///< pgfault and pgmajfault of the container, then of the hierarchy
  std::array<std::string, kStateCount> states;
  std::array<std::string, 3> health;  ///< starting, healthy, unhealthy

  /// `id` and `image` are left off where they are "".
  static SeriesLabels Render(const Container& container, const LabelChoice& choice);
};

/// Label sets of the container's interfaces or devices, made when first asked for. What Of() gives stays
/// where it is.
class VariantLabels {
 public:
  explicit VariantLabels(const char* label) : label_(label) {}
  const std::string& Of(const std::string& base, std::string_view value);

 private:
  const char* label_;
  std::deque<std::pair<std::string, std::string>> sets_;
};

}  // namespace tocsin::containers
