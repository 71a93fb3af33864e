// From a discovered label set to a target: what relabelling and the job's settings make of it.
#pragma once

#include <optional>
#include <string>

#include "alerting/collect/scrape/options.h"

namespace tocsin::collect {

struct Target {
  model::Labels discovered;  ///< before relabelling, the job's `__…__` settings included: what the UI shows
  model::Labels labels;      ///< what its series carry: job, instance and what relabelling left
  std::string url;
  Duration interval{0};
  Duration timeout{0};

  /// Of labels and URL; the same in every process, so that a restart keeps a target's place in the interval.
  uint64_t Hash() const;
  friend bool operator==(const Target&, const Target&) = default;
};

/// The labels that relabelling starts from: the address', the group's, and the job's `__…__` settings.
model::Labels DiscoveredLabels(const model::Labels& address, const model::Labels& group_labels,
                               const JobOptions& job);

/// The target that one address of a group becomes; nullopt when relabelling drops it. kInvalidArgument when
/// what is left can't be scraped: no address, one with a path, a bad interval.
Result<std::optional<Target>> MakeTarget(const model::Labels& address, const model::Labels& group_labels,
                                         const JobOptions& job, const Relabeling& relabeling);

/// kInvalidArgument when an `__address__` is no host:port.
Status CheckAddress(std::string_view address);

}  // namespace tocsin::collect
