// Finding targets. A discoverer says which targets it knows, each time that changes; relabelling then decides
// what is scraped, and how.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "alerting/model/labels.h"

namespace tocsin::collect {

/// Targets found in one place: each with its `__address__`; `labels` go to every one that lacks them.
struct TargetGroup {
  std::string source;  ///< what it came from, for messages: a file's path, "static"
  std::vector<model::Labels> targets;
  model::Labels labels;

  friend bool operator==(const TargetGroup&, const TargetGroup&) = default;
};

/// Lives on the strand of its owner: started, called back and destroyed there.
class Discoverer {
 public:
  using Update = std::function<void(std::vector<TargetGroup> all)>;

  virtual ~Discoverer() = default;
  /// Calls `update` before it returns and then at each change, always with everything it knows.
  virtual void Start(Update update) = 0;
};

}  // namespace tocsin::collect
