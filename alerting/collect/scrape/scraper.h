// All scraping: keeps a loop for each target that the jobs' discoveries know, and follows reloads.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "alerting/collect/scrape/loop.h"
#include "alerting/collect/scrape/options.h"

namespace tocsin::collect {

struct TargetSnapshot {
  Target target;
  TargetStatus status;
};

/// A job as it is now, for the API.
struct JobSnapshot {
  std::string job_name;
  std::vector<TargetSnapshot> active;
  std::vector<model::Labels> dropped;  ///< discovered, and dropped by relabelling; as many as are kept
  size_t dropped_count = 0;            ///< of all of them
};

/// Thread safe.
class Scraper {
 public:
  Scraper(ScraperParts parts, const Logger& log);
  ~Scraper();
  Scraper(const Scraper&) = delete;
  Scraper& operator=(const Scraper&) = delete;

  /// Takes up a configuration, the first or a changed one. Jobs that are the same go on undisturbed; in a
  /// changed one, targets that stay keep their series, and those that go get stale markers. Fails, and
  /// changes nothing, when a relabelling rule does not compile.
  Status Apply(const ScrapeOptions& options);
  /// Ends all loops, without stale markers. Later calls of Apply() do nothing.
  void Stop();

  /// In the order of the configuration.
  std::vector<JobSnapshot> Snapshot() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace tocsin::collect
