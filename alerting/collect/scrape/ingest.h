// A scrape's body into the store: read, relabelled, appended, with a stale marker for each series that is
// gone.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "alerting/collect/exposition/parser.h"
#include "alerting/collect/scrape/options.h"
#include "alerting/collect/scrape/series_cache.h"
#include "alerting/model/appender.h"
#include "base/time.h"

namespace tocsin::collect {

struct MetricMetadata {
  std::string type;
  std::string help;
  std::string unit;
  friend bool operator==(const MetricMetadata&, const MetricMetadata&) = default;
};
using MetadataMap = std::map<std::string, MetricMetadata, std::less<>>;

/// What one scrape came to.
struct IngestCounts {
  size_t scraped = 0;  ///< samples in the body
  size_t kept = 0;     ///< of them, after metric relabelling
  size_t series_added = 0;
  size_t out_of_order = 0;  ///< refused by the store as older than the series' newest
  size_t duplicates = 0;    ///< a series twice in the body, or a time twice in the series
  size_t refused = 0;       ///< by the store's bound on series
};

/// One target's. Not thread safe.
class Ingester {
 public:
  struct Settings {
    model::Labels target_labels{};
    Relabeling metric_relabeling{};
    ScrapeLimits limits{};
    bool honor_labels = false;
    bool honor_timestamps = true;
    bool track_timestamps_staleness = false;
  };

  explicit Ingester(Settings settings) : settings_(std::move(settings)) {}

  /// Appends the body's samples at `at` (those with timestamps of their own at these, when honoured) and ends
  /// the series that it no longer shows. Does not commit. After an error (a malformed body, a limit) nothing
  /// of the batch may be committed: roll back, and call MarkAllStale() on a new one.
  Status Ingest(std::string_view body, BodyFormat format, Timestamp at, model::Appender& appender,
                IngestCounts& counts);
  /// Ends every series that has samples: the scrape failed, or the target is gone.
  void MarkAllStale(Timestamp at, model::Appender& appender);

  /// Series that someone else wrote before and that are ended unless the next scrape shows them again: those
  /// of the loop which a reload replaced by this one.
  void Adopt(std::vector<model::Labels> series);
  /// The label sets of all series that have samples.
  std::vector<model::Labels> Live();

  const MetadataMap& metadata() const { return metadata_; }
  /// Whether metadata() changed since the last call.
  bool TakeMetadataChange();

 private:
  Status ReadBody(std::string_view body, BodyFormat format, Timestamp at, model::Appender& appender,
                  IngestCounts& counts);
  Status Sample(const Parser& parser, Timestamp at, model::Appender& appender, IngestCounts& counts);
  Result<SeriesCache::Entry*> NewEntry(const Parser& parser);
  Status CheckLimits(const model::Labels& labels) const;
  model::LabelsBuilder WithTargetLabels(const std::vector<model::Label>& exposed) const;
  Status Append(SeriesCache::Entry& entry, Timestamp at, double value, model::Appender& appender,
                IngestCounts& counts);
  void EndAdopted(Timestamp at, model::Appender& appender);
  void Remember(Parser::Entry kind, const Parser& parser);

  Settings settings_;
  SeriesCache cache_;
  MetadataMap metadata_;
  bool metadata_changed_ = false;
  std::vector<model::Labels> adopted_;
};

}  // namespace tocsin::collect
