#include "alerting/collect/scrape/scraper.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "alerting/collect/scrape/make_discoverers.h"

namespace tocsin::collect {
namespace {

using Loops = std::vector<std::shared_ptr<ScrapeLoop>>;

Result<std::shared_ptr<const JobPlan>> MakePlan(const JobOptions& options) {
  Result<Relabeling> relabeling = Relabeling::Compile(options.relabel_rules);
  if (!relabeling) return Fail(relabeling.error().WithContext(options.job_name));
  Result<Relabeling> metric_relabeling = Relabeling::Compile(options.metric_relabel_rules);
  if (!metric_relabeling) return Fail(metric_relabeling.error().WithContext(options.job_name));
  return std::make_shared<const JobPlan>(
      JobPlan{options, std::move(*relabeling), std::move(*metric_relabeling)});
}

}  // namespace

/// The state, on a strand; it outlives the Scraper for as long as tasks hold it.
class Scraper::Core : public std::enable_shared_from_this<Scraper::Core> {
 public:
  Core(ScraperParts parts, const Logger& log)
      : parts_(parts), log_(log), strand_(parts.executor.MakeStrand()) {}

  void PostApply(std::vector<std::shared_ptr<const JobPlan>> plans) {
    strand_->Post([self = shared_from_this(), plans = std::move(plans)] {
      if (!self->stopped_) self->Apply(plans);
    });
  }

  void PostStop() {
    strand_->Post([self = shared_from_this()] {
      self->stopped_ = true;
      for (auto& [name, job] : self->jobs_) {
        for (const auto& loop : job->loops) loop->Stop();
      }
      self->jobs_.clear();
    });
  }

  std::vector<JobSnapshot> Snapshot() const {
    std::vector<Published> jobs;
    {
      const std::lock_guard lock(mutex_);
      jobs = published_;
    }
    std::vector<JobSnapshot> snapshot;
    for (const Published& job : jobs) {
      JobSnapshot& out = snapshot.emplace_back(JobSnapshot{job.name, {}, job.dropped, job.dropped_count});
      for (const auto& loop : job.loops) out.active.push_back({loop->target(), loop->status()});
    }
    return snapshot;
  }

 private:
  struct Job {
    std::shared_ptr<const JobPlan> plan;
    std::vector<std::unique_ptr<Discoverer>> discoverers;
    std::vector<std::vector<TargetGroup>> groups;  // one list a discoverer, the static ones last
    Loops loops;
    std::vector<model::Labels> dropped;
    size_t dropped_count = 0;
    bool starting = true;  // discoverers report before all of them have
  };
  struct Published {
    std::string name;
    Loops loops;
    std::vector<model::Labels> dropped;
    size_t dropped_count;
  };

  void Apply(const std::vector<std::shared_ptr<const JobPlan>>& plans);
  void StartJob(const std::shared_ptr<Job>& job, const std::shared_ptr<Job>& before);
  std::vector<Target> Targets(Job& job) const;
  void Sync(Job& job, Loops before, bool may_keep);
  static std::string OverTargetLimit(const Job& job);
  void Publish();

  const ScraperParts parts_;
  const Logger log_;
  const std::shared_ptr<async::Strand> strand_;
  bool stopped_ = false;
  std::vector<std::string> names_;  // in the configuration's order
  std::map<std::string, std::shared_ptr<Job>> jobs_;

  mutable std::mutex mutex_;
  std::vector<Published> published_;  // guarded by mutex_
};

void Scraper::Core::Apply(const std::vector<std::shared_ptr<const JobPlan>>& plans) {
  std::map<std::string, std::shared_ptr<Job>> before = std::exchange(jobs_, {});
  names_.clear();
  for (const std::shared_ptr<const JobPlan>& plan : plans) {
    const std::string& name = plan->options.job_name;
    names_.push_back(name);
    auto old = before.extract(name);
    if (!old.empty() && old.mapped()->plan->options == plan->options) {
      jobs_.insert(std::move(old));
      continue;
    }
    auto job = std::make_shared<Job>();
    job->plan = plan;
    jobs_[name] = job;
    StartJob(job, old.empty() ? nullptr : std::move(old.mapped()));
  }
  for (auto& [name, job] : before) {
    for (const auto& loop : job->loops) loop->StopStale();
  }
  Publish();
}

/// A job that is only changed begins with the targets that it knew, until its discoveries have answered anew:
/// a reload must not end their series.
void Scraper::Core::StartJob(const std::shared_ptr<Job>& job, const std::shared_ptr<Job>& before) {
  const JobOptions& options = job->plan->options;
  job->discoverers = MakeDiscoverers(options, strand_, parts_.client, parts_.resolver,
                                     log_.With({{"job", options.job_name}}));
  job->groups.resize(job->discoverers.size());
  Loops loops;
  if (before != nullptr) {
    loops = std::move(before->loops);
    before->discoverers.clear();
    before->groups.pop_back();
    if (SameDiscoveries(options, before->plan->options)) job->groups = std::move(before->groups);
  }
  job->groups.push_back(options.static_groups);
  for (size_t i = 0; i < job->discoverers.size(); ++i) {
    job->discoverers[i]->Start([this, i, weak = std::weak_ptr<Job>(job)](std::vector<TargetGroup> all) {
      const std::shared_ptr<Job> updated = weak.lock();
      if (updated == nullptr) return;
      updated->groups[i] = std::move(all);
      if (updated->starting) return;
      Sync(*updated, std::exchange(updated->loops, {}), true);
      Publish();
    });
  }
  job->starting = false;
  Sync(*job, std::move(loops), false);
}

/// The targets of all groups, each once; notes those that relabelling drops.
std::vector<Target> Scraper::Core::Targets(Job& job) const {
  std::vector<Target> targets;
  const JobOptions& options = job.plan->options;
  job.dropped.clear();
  job.dropped_count = 0;
  for (const std::vector<TargetGroup>& groups : job.groups) {
    for (const TargetGroup& group : groups) {
      for (const model::Labels& address : group.targets) {
        Result<std::optional<Target>> made = MakeTarget(address, group.labels, options, job.plan->relabeling);
        if (!made) {
          log_.Error("A target can't be scraped", {{"job", options.job_name},
                                                   {"source", group.source},
                                                   {"address", address.Get("__address__")},
                                                   {"err", made.error()}});
        } else if (std::optional<Target>& target = *made) {
          targets.push_back(std::move(*target));
        } else if (++job.dropped_count <= options.keep_dropped_targets || options.keep_dropped_targets == 0) {
          job.dropped.push_back(DiscoveredLabels(address, group.labels, options));
        }
      }
    }
  }
  auto same = [](const Target& a, const Target& b) { return a.url == b.url && a.labels == b.labels; };
  auto less = [](const Target& a, const Target& b) {
    return std::tie(a.labels, a.url) < std::tie(b.labels, b.url);
  };
  std::stable_sort(targets.begin(), targets.end(), less);
  targets.erase(std::unique(targets.begin(), targets.end(), same), targets.end());
  return targets;
}

/// Makes the loops those of the targets. A loop of before goes on when nothing about it changed (and
/// `may_keep`); else it hands its series to the new loop with the same labels, or ends them when there is
/// none.
void Scraper::Core::Sync(Job& job, Loops before, bool may_keep) {
  Loops made;
  for (Target& target : Targets(job)) {
    auto kept = std::find_if(before.begin(), before.end(),
                             [&](const auto& loop) { return may_keep && loop->target() == target; });
    if (kept != before.end()) {
      job.loops.push_back(std::move(*kept));
      before.erase(kept);
      continue;
    }
    made.push_back(std::make_shared<ScrapeLoop>(std::move(target), job.plan, parts_, log_));
    job.loops.push_back(made.back());
  }
  for (const auto& loop : before) {
    auto successor = std::find_if(made.begin(), made.end(), [&](const auto& other) {
      return other->target().labels == loop->target().labels;
    });
    if (successor != made.end()) {
      loop->HandOver(*successor);
    } else {
      loop->StopStale();
    }
  }
  const std::string failure = OverTargetLimit(job);
  for (const auto& loop : job.loops) loop->ForceFailure(failure);
  for (const auto& loop : made) loop->Start();
}

/// Why all scrapes of the job fail; "" when they need not.
std::string Scraper::Core::OverTargetLimit(const Job& job) {
  const uint64_t limit = job.plan->options.target_limit;
  if (limit == 0 || job.loops.size() <= limit) return "";
  return fmt::format("target_limit exceeded (number of targets: {}, limit: {})", job.loops.size(), limit);
}

void Scraper::Core::Publish() {
  std::vector<Published> jobs;
  for (const std::string& name : names_) {
    auto job = jobs_.find(name);
    if (job != jobs_.end())
      jobs.push_back({name, job->second->loops, job->second->dropped, job->second->dropped_count});
  }
  const std::lock_guard lock(mutex_);
  published_ = std::move(jobs);
}

Scraper::Scraper(ScraperParts parts, const Logger& log) : core_(std::make_shared<Core>(parts, log)) {}

Scraper::~Scraper() { core_->PostStop(); }

Status Scraper::Apply(const ScrapeOptions& options) {
  std::vector<std::shared_ptr<const JobPlan>> plans;
  for (const JobOptions& job : options.jobs) {
    Result<std::shared_ptr<const JobPlan>> plan = MakePlan(job);
    if (!plan) return Fail(plan.error());
    plans.push_back(std::move(*plan));
  }
  core_->PostApply(std::move(plans));
  return {};
}

void Scraper::Stop() { core_->PostStop(); }

std::vector<JobSnapshot> Scraper::Snapshot() const { return core_->Snapshot(); }

}  // namespace tocsin::collect
