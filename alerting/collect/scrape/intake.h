// What a target answers, into the store as it arrives: the client hands on piece after piece, so that a page
// of megabytes is never in memory as a whole.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "alerting/collect/scrape/ingest.h"
#include "base/http/client.h"

namespace tocsin::collect {

/// One target's. Thread safe: Take() is for the client's threads, the rest for the scrape loop.
class Intake {
 public:
  Intake(Ingester::Settings settings, std::optional<BodyFormat> fallback, model::Appendable& store)
      : fallback_(fallback), store_(store), ingester_(std::move(settings)) {}

  /// Tells one scrape's answer from that of another, which was given up.
  using Attempt = uint64_t;
  /// Starts on an answer whose samples are of `at`.
  Attempt Begin(Timestamp at);
  /// The body's next bytes. Does nothing when the attempt has ended, or the answer is no page.
  void Take(Attempt attempt, const http::ClientResponse& head, std::string_view piece);

  struct Outcome {
    Status status;
    IngestCounts counts;
    std::unique_ptr<model::Appender> appender;  ///< what is to be committed, in either case
    std::vector<std::pair<model::Labels, model::Exemplar>> exemplars;
  };
  /// Ends the attempt with the answer, whose body Take() had. When it failed, or is no page that can be
  /// stored, the batch is the end of all series.
  Outcome End(const Result<http::ClientResponse>& answer);
  /// Ends the attempt without a trace.
  void Drop();

  /// As the Ingester's.
  void MarkAllStale(Timestamp at, model::Appender& appender);
  void Adopt(std::vector<model::SeriesRef> series);
  std::vector<model::SeriesRef> Live() const;
  /// Null when it has not changed since the last call.
  std::shared_ptr<const MetadataMap> TakeMetadata();

 private:
  Result<BodyFormat> FormatOf(const http::ClientResponse& head) const;
  Status Open(const http::ClientResponse& head);
  Status Finish(const Result<http::ClientResponse>& answer);

  const std::optional<BodyFormat> fallback_;
  model::Appendable& store_;

  mutable std::mutex mutex_;  // guards what follows
  Ingester ingester_;
  Attempt attempt_ = 0;
  Timestamp at_;
  std::optional<Status> opened_;  // of the answer under way: how its head was; nullopt before there is a body
  std::unique_ptr<model::Appender> appender_;  // while the ingester is in a body
  IngestCounts counts_;
};

}  // namespace tocsin::collect
