// A scrape's body into the store: read as it arrives, relabelled, appended, with a stale marker for each
// series that is gone.
//
// Labels are made only of a series that is new; of the others the store's short names are handed on, many at
// once.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "alerting/collect/exposition/pieces.h"
#include "alerting/collect/scrape/options.h"
#include "alerting/collect/scrape/series_cache.h"
#include "alerting/model/appender.h"
#include "alerting/model/exemplar.h"
#include "base/time.h"

namespace tocsin::collect {

struct MetricMetadata {
  std::string type = "unknown";
  std::string help;
  std::string unit;
  friend bool operator==(const MetricMetadata&, const MetricMetadata&) = default;
};
using MetadataMap = std::map<std::string, MetricMetadata, std::less<>>;

/// What one scrape came to.
struct IngestCounts {
  size_t scraped = 0;        ///< samples that could be read
  size_t kept = 0;           ///< of them, after metric relabelling
  size_t limited = 0;        ///< of the kept, those that count towards sample_limit: not a series' second one
  size_t series_added = 0;   ///< new ones that the store took
  size_t out_of_order = 0;   ///< refused by the store as older than the series' newest
  size_t out_of_bounds = 0;  ///< over an hour older than the scrape, or over ten minutes newer
  size_t duplicates = 0;     ///< a series twice in the body, or a time twice in the series
  size_t refused = 0;        ///< by the store's bound on series
};

/// One target's. Not thread safe.
class Ingester {
 public:
  struct Settings {
    model::Labels target_labels{};
    Relabeling metric_relabeling{};
    ScrapeLimits limits{};
    bool legacy_names = false;  ///< a name that is not classic fails the scrape
    bool honor_labels = false;
    bool honor_timestamps = true;
    bool track_timestamps_staleness = false;
  };

  explicit Ingester(Settings settings) : settings_(std::move(settings)) {}

  /// Starts on a body; `appender` and `counts` are used until Finish() or Abandon(). Its samples are appended
  /// at `at`, those with timestamps of their own at these, when honoured.
  void Begin(BodyFormat format, Timestamp at, model::Appender& appender, IngestCounts& counts);
  /// Appends the samples of its next bytes. What it finds wrong Finish() tells.
  void Take(std::string_view piece);
  /// The body was whole: ends the series that it no longer shows. Does not commit. After an error (a
  /// malformed body, a limit) nothing of the batch may be committed: roll back, and call MarkAllStale() on a
  /// new one.
  Status Finish();
  /// Instead of Finish(), when the rest of the body will not come: as if none of it had. Then, too, nothing
  /// of the batch may be committed.
  void Abandon();
  /// Ends every series that has samples: the scrape failed, or the target is gone.
  void MarkAllStale(Timestamp at, model::Appender& appender);

  /// Series that someone else wrote before and that are ended unless the next scrape shows them again: those
  /// of the loop which a reload replaced by this one, by the names that the same store gave them.
  void Adopt(std::vector<model::SeriesRef> series);
  /// All series that have samples.
  std::vector<model::SeriesRef> Live() const;

  /// The exemplars of the last body that were not there before it; for whoever keeps them once the batch is
  /// committed.
  std::vector<std::pair<model::Labels, model::Exemplar>> TakeExemplars() { return std::move(exemplars_); }

  const MetadataMap& metadata() const { return metadata_; }
  /// Whether metadata() changed since the last call.
  bool TakeMetadataChange();

 private:
  /// One body on its way into one batch.
  struct Page {
    Timestamp at;
    model::Appender& appender;
    IngestCounts& counts;
    PieceParser parser;
    Status status{};
  };

  Status Read(Page& page);
  void DropPage();
  bool TakeUsual(const Parser& parser, const Page& page);
  Status Sample(const Parser& parser, SeriesCache::Place place, const Page& page);
  Result<SeriesCache::Place> NewSeries(const Parser& parser, model::Labels& labels, const Page& page);
  Result<model::Labels> MakeLabels(const std::vector<model::Label>& exposed) const;
  Result<model::Labels> LabelsOf(SeriesCache::Place place) const;
  Status CheckLimits(const model::Labels& labels) const;
  model::LabelsBuilder WithTargetLabels(const std::vector<model::Label>& exposed) const;
  Status Queue(SeriesCache::Place place, Timestamp time, double value, const Page& page);
  Status Flush(const Page& page);
  Status Append(SeriesCache::Place place, const model::Labels& labels, Timestamp time, double value,
                const Page& page);
  Status AppendNew(SeriesCache::Place place, model::Labels labels, Timestamp time, double value,
                   const Page& page);
  Status CheckSampleLimit(const IngestCounts& counts) const;
  Status NoteExemplar(SeriesCache::Place place, const Parser& parser, Timestamp at);
  void End(std::span<const model::KnownSample> ended, Timestamp at, model::Appender& appender);
  void EndAdopted(Timestamp at, model::Appender& appender);
  void Remember(Parser::Entry kind, const Parser& parser);

  Settings settings_;
  SeriesCache cache_;
  MetadataMap metadata_;
  bool metadata_changed_ = false;
  std::vector<model::SeriesRef> adopted_;
  std::unique_ptr<Page> page_;  // null between bodies
  // Samples of known series that wait to be handed on together: their time, and where they stand in the
  // cache.
  Timestamp queued_time_;
  std::vector<model::KnownSample> queued_;
  std::vector<SeriesCache::Place> queued_places_;
  std::vector<model::RefusedSample> refused_;
  // What each series' last exemplar looked like, by hash.
  std::unordered_map<model::SeriesRef, size_t> last_exemplars_;
  std::vector<std::pair<model::Labels, model::Exemplar>> exemplars_;
};

}  // namespace tocsin::collect
