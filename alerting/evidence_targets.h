// Whom the notifications may ask for log lines: the targets that the engine scrapes, with the job's
// credentials.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "alerting/collect/scrape/scraper.h"
#include "alerting/model/alert.h"
#include "base/http/client.h"

namespace tocsin::app {

/// Thread safe.
class EvidenceTargets {
 public:
  /// `snapshot` gives the jobs as they are scraped now.
  explicit EvidenceTargets(std::function<std::vector<collect::JobSnapshot>()> snapshot)
      : snapshot_(std::move(snapshot)) {}

  /// How the targets are spoken to, by the configuration in force.
  void Apply(const collect::ScrapeOptions& options);

  /// The /evidence pages of the targets that are up: of the alert's own job and instance when it names ones
  /// that are scraped, else of all.
  std::vector<http::ClientRequest> For(const model::Alert& alert) const;

 private:
  const std::function<std::vector<collect::JobSnapshot>()> snapshot_;
  mutable std::mutex mutex_;
  std::map<std::string, collect::TransportOptions> transports_;  ///< by job
};

}  // namespace tocsin::app
