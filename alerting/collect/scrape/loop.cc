#include "alerting/collect/scrape/loop.h"

#include <utility>

#include <fmt/format.h>

#include "base/http/message.h"

namespace tocsin::collect {
namespace {

constexpr std::array<std::string_view, 5> kReportNames = {
    "up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling",
    "scrape_series_added"};

Ingester::Settings IngestSettings(const Target& target, const JobPlan& plan) {
  return {.target_labels = target.labels,
          .metric_relabeling = plan.metric_relabeling,
          .limits = plan.options.limits,
          .legacy_names = plan.options.legacy_names,
          .honor_labels = plan.options.honor_labels,
          .honor_timestamps = plan.options.honor_timestamps,
          .track_timestamps_staleness = plan.options.track_timestamps_staleness};
}

}  // namespace

std::string_view HealthName(Health health) {
  switch (health) {
    case Health::kUnknown:
      return "unknown";
    case Health::kUp:
      return "up";
    case Health::kDown:
      return "down";
  }
  return "unknown";
}

ScrapeLoop::ScrapeLoop(Target target, std::shared_ptr<const JobPlan> plan, const ScraperParts& parts,
                       const Logger& log)
    : target_(std::move(target)),
      plan_(std::move(plan)),
      clock_(parts.executor.clock()),
      client_(parts.client),
      store_(parts.store),
      exemplars_(parts.exemplars),
      log_(log.With({{"component", "scrape"},
                     {"job", plan_->options.job_name},
                     {"target", http::RedactUrl(target_.url)}})),
      schedule_(target_.interval, target_.Hash()),
      strand_(parts.executor.MakeStrand()),
      intake_(std::make_shared<Intake>(IngestSettings(target_, *plan_), plan_->options.fallback_format,
                                       parts.store)) {
  for (size_t i = 0; i < kReports; ++i) {
    model::LabelsBuilder labels(target_.labels);
    reports_[i].labels = labels.Set(model::kMetricName, kReportNames[i]).Build();
  }
  status_.metadata = std::make_shared<const MetadataMap>();
}

void ScrapeLoop::Start() {
  strand_->Post([self = shared_from_this()] {
    const Timestamp now = self->clock_.Now();
    if (!self->stopped_) self->Plan(self->schedule_.SlotAt(now) + self->schedule_.interval());
  });
}

void ScrapeLoop::Plan(Timestamp slot) {
  next_ = slot;
  timer_ = strand_->After(slot - clock_.Now(), [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->Tick();
  });
}

void ScrapeLoop::Tick() {
  if (stopped_) return;
  const Timestamp now = clock_.Now();
  const bool late = now - next_ >= schedule_.interval();
  const Timestamp slot = late ? schedule_.SlotAt(now) : next_;
  if (in_flight_ != nullptr) {  // a timeout as long as the interval: what has not come by now is late
    in_flight_.reset();
    Conclude(Fail(ErrorCode::kTimeout, "the scrape did not end within its interval"));
  }
  Send(slot);
  Plan(schedule_.Next(slot, now));
}

Result<http::ClientRequest> ScrapeLoop::Request() const {
  const JobOptions& job = plan_->options;
  return MakeRequest(job.transport, target_.url, target_.timeout).map([&](http::ClientRequest request) {
    if (job.limits.body_size > 0) request.max_response_bytes = job.limits.body_size;
    request.accept_gzip = job.enable_compression;
    if (!job.enable_compression) request.headers.Add("Accept-Encoding", "identity");
    request.headers.Add("Accept", AcceptHeader(job.protocols, job.name_escaping));
    request.headers.Add("X-Prometheus-Scrape-Timeout-Seconds",
                        fmt::format("{}", static_cast<double>(target_.timeout.count()) / 1000));
    return request;
  });
}

void ScrapeLoop::ForceFailure(std::string reason) {
  strand_->Post([self = shared_from_this(), reason = std::move(reason)]() mutable {
    self->forced_failure_ = std::move(reason);
  });
}

void ScrapeLoop::Send(Timestamp slot) {
  slot_ = slot;
  sent_at_ = clock_.Now();
  attempt_ = intake_->Begin(slot);
  if (!forced_failure_.empty()) return Conclude(Fail(ErrorCode::kResourceExhausted, forced_failure_));
  Result<http::ClientRequest> request = Request();
  if (!request) {
    Conclude(Fail(request.error()));
    return;
  }
  request->take_body = [weak = std::weak_ptr(intake_), attempt = attempt_](const http::ClientResponse& head,
                                                                           std::string_view piece) {
    if (const auto intake = weak.lock()) intake->Take(attempt, head, piece);
  };
  in_flight_ = client_.Send(std::move(*request), [weak = weak_from_this(), strand = strand_,
                                                  attempt = attempt_](Result<http::ClientResponse> answer) {
    strand->Post([weak, attempt, answer = std::move(answer)] {
      if (auto self = weak.lock()) self->Answered(attempt, answer);
    });
  });
}

void ScrapeLoop::Answered(Intake::Attempt attempt, const Result<http::ClientResponse>& answer) {
  if (stopped_ || attempt != attempt_) return;
  in_flight_.reset();
  Conclude(answer);
}

/// Body and reports become visible in one commit; of a failed scrape the reports and the stale markers do.
void ScrapeLoop::Conclude(const Result<http::ClientResponse>& answer) {
  auto [outcome, counts, appender, exemplars] = intake_->End(answer);
  const Duration took = clock_.Now() - sent_at_;
  AppendReports(
      *appender,
      {outcome ? 1.0 : 0.0, static_cast<double>(took.count()) / 1000, static_cast<double>(counts.scraped),
       static_cast<double>(counts.kept), static_cast<double>(counts.series_added)},
      slot_);
  if (Status status = appender->Commit(); !status)
    log_.Error("Storing a scrape failed", {{"err", status.error()}});
  for (auto& [series, exemplar] : exemplars) {
    if (exemplars_ != nullptr) exemplars_->Add(series, std::move(exemplar));
  }
  scraped_ = true;
  Log(outcome, counts);
  Publish(outcome, took);
}

void ScrapeLoop::AppendReports(model::Appender& appender, const std::array<double, kReports>& values,
                               Timestamp at) {
  for (size_t i = 0; i < kReports; ++i) {
    Result<model::SeriesRef> ref = appender.Append(reports_[i].ref, reports_[i].labels, at, values[i]);
    if (ref) {
      reports_[i].ref = *ref;
    } else {
      log_.Debug("Reporting on a scrape failed", {{"series", kReportNames[i]}, {"err", ref.error()}});
    }
  }
}

void ScrapeLoop::Log(const Status& outcome, const IngestCounts& counts) const {
  const Health before = status().health;
  if (!outcome && before != Health::kDown) log_.Warn("Target is down", {{"err", outcome.error()}});
  if (!outcome && before == Health::kDown) log_.Debug("Scrape failed", {{"err", outcome.error()}});
  if (outcome && before == Health::kDown) log_.Info("Target is up again");
  if (counts.out_of_order + counts.out_of_bounds + counts.duplicates + counts.refused == 0) return;
  log_.Warn("Samples of a scrape were not taken", {{"out_of_order", counts.out_of_order},
                                                   {"out_of_bounds", counts.out_of_bounds},
                                                   {"duplicates", counts.duplicates},
                                                   {"over_series_bound", counts.refused}});
}

void ScrapeLoop::Publish(const Status& outcome, Duration took) {
  std::shared_ptr<const MetadataMap> metadata = intake_->TakeMetadata();
  const std::lock_guard lock(mutex_);
  status_.health = outcome ? Health::kUp : Health::kDown;
  status_.last_error = outcome ? "" : outcome.error().ToString();
  status_.last_scrape = slot_;
  status_.last_duration = took;
  if (metadata != nullptr) status_.metadata = std::move(metadata);
}

TargetStatus ScrapeLoop::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void ScrapeLoop::End() {
  stopped_ = true;
  timer_.Cancel();
  in_flight_.reset();
  intake_->Drop();
}

void ScrapeLoop::Stop() {
  strand_->Post([self = shared_from_this()] { self->End(); });
}

void ScrapeLoop::StopStale() {
  strand_->Post([self = shared_from_this()] {
    self->End();
    std::unique_ptr<model::Appender> appender = self->store_.MakeAppender();
    const Timestamp at = std::max(self->clock_.Now(), self->slot_ + Duration(1));
    self->intake_->MarkAllStale(at, *appender);
    if (self->scraped_) {
      std::array<double, kReports> stale{};
      stale.fill(model::StaleNan());
      self->AppendReports(*appender, stale, at);
    }
    (void)appender->Commit();
  });
}

void ScrapeLoop::HandOver(std::shared_ptr<ScrapeLoop> successor) {
  strand_->Post([self = shared_from_this(), successor = std::move(successor)]() mutable {
    self->End();
    successor->intake_->Adopt(self->intake_->Live());
  });
}

}  // namespace tocsin::collect
