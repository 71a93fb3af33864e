// Scrapes one target for ever: asks at each slot, stores what it answers, and writes the series that tell how
// it went
// (`up` and its companions).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "alerting/collect/scrape/intake.h"
#include "alerting/collect/scrape/schedule.h"
#include "alerting/collect/scrape/target.h"
#include "base/async/strand.h"
#include "base/dns/resolver.h"
#include "base/http/client.h"
#include "base/log.h"

namespace tocsin::collect {

/// What a job's loops share; immutable.
struct JobPlan {
  JobOptions options;
  Relabeling relabeling;
  Relabeling metric_relabeling;
};

enum class Health { kUnknown, kUp, kDown };
std::string_view HealthName(Health health);  ///< "unknown", "up", "down"

/// How the last scrape went.
struct TargetStatus {
  Health health = Health::kUnknown;
  std::string last_error;  ///< "" when it is up
  Timestamp last_scrape;   ///< its slot
  Duration last_duration{0};
  std::shared_ptr<const MetadataMap> metadata;  ///< never null
};

/// What all scraping works with. All of it must outlive scraping, and what is not the executor also the
/// executor's last task.
struct ScraperParts {
  async::Executor& executor;
  http::Client& client;
  dns::Resolver& resolver;
  model::Appendable& store;
  model::ExemplarSink* exemplars;  ///< null: they are dropped
};

/// Its state lives on a strand of its own. Start, Retire and Stop may be called from any thread, in this
/// order, and return at once. Hold it by shared_ptr; client, store and
/// exemplars (null: they are dropped) must outlive the executor's last task.
class ScrapeLoop : public std::enable_shared_from_this<ScrapeLoop> {
 public:
  ScrapeLoop(Target target, std::shared_ptr<const JobPlan> plan, const ScraperParts& parts,
             const Logger& log);

  void Start();
  /// From now on every scrape fails for this reason, and nothing is asked; "" ends that.
  void ForceFailure(std::string reason);
  /// Ends it because the target is gone: its series, `up` among them, get stale markers.
  void StopStale();
  /// Ends it without a trace, as at shutdown.
  void Stop();
  /// Ends it in favour of `successor`, which goes on with the same series.
  void HandOver(std::shared_ptr<ScrapeLoop> successor);

  const Target& target() const { return target_; }
  /// Thread safe.
  TargetStatus status() const;

 private:
  /// The series that report on the scrape, in the order of kReportNames.
  struct Report {
    model::Labels labels;
    model::SeriesRef ref = 0;
  };
  static constexpr size_t kReports = 5;

  void Plan(Timestamp slot);
  void Tick();
  void Send(Timestamp slot);
  Result<http::ClientRequest> Request() const;
  void Answered(Intake::Attempt attempt, const Result<http::ClientResponse>& answer);
  void Conclude(const Result<http::ClientResponse>& answer);
  void AppendReports(model::Appender& appender, const std::array<double, kReports>& values, Timestamp at);
  void Publish(const Status& outcome, Duration took);
  void Log(const Status& outcome, const IngestCounts& counts) const;
  void End();

  const Target target_;
  const std::shared_ptr<const JobPlan> plan_;
  const Clock& clock_;
  http::Client& client_;
  model::Appendable& store_;
  model::ExemplarSink* const exemplars_;
  const Logger log_;
  const Schedule schedule_;
  const std::shared_ptr<async::Strand> strand_;
  const std::shared_ptr<Intake> intake_;

  // On the strand.
  bool stopped_ = false;
  std::string forced_failure_;  // "" for none
  async::Timer timer_;
  Timestamp next_;
  Intake::Attempt attempt_ = 0;                      // tells an answer that comes too late
  std::unique_ptr<http::Client::Handle> in_flight_;  // null when nothing is
  Timestamp slot_;                                   // of the scrape under way or the last one
  Timestamp sent_at_;
  bool scraped_ = false;  // once at least
  std::array<Report, kReports> reports_;

  mutable std::mutex mutex_;
  TargetStatus status_;  // guarded by mutex_
};

}  // namespace tocsin::collect
