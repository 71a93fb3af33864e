#include "alerting/alertmanagers.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerting/collect/scrape/make_discoverers.h"
#include "alerting/collect/scrape/relabel.h"
#include "alerting/collect/scrape/target.h"
#include "alerting/collect/transport.h"
#include "alerting/web/json_tree.h"

namespace tocsin::app {
namespace {

using Time = exposition::DurationSummary::Time;

constexpr Duration kFirstPause{1'000};
constexpr std::array kLatencyQuantiles{0.5, 0.9, 0.99};
constexpr const char* kAlertsPath = "__alerts_path__";

Time SteadyNow() { return std::chrono::steady_clock::now().time_since_epoch(); }

std::string PathUnder(std::string prefix) {
  while (prefix.ends_with('/')) prefix.pop_back();
  if (!prefix.empty() && !prefix.starts_with('/')) prefix.insert(prefix.begin(), '/');
  return prefix + "/api/v2/alerts";
}

/// One configured set of Alertmanagers with what is known of it now.
struct Set {
  config::AlertmanagerSet options;
  collect::Relabeling targets;
  collect::Relabeling alerts;
  std::vector<std::unique_ptr<collect::Discoverer>> discoverers;
  std::vector<std::vector<collect::TargetGroup>> found;  ///< of each discoverer; the static ones last
};

Result<std::unique_ptr<Set>> MakeSet(const config::AlertmanagerSet& options) {
  auto set = std::make_unique<Set>();
  set->options = options;
  auto targets = collect::Relabeling::Compile(options.job.relabel_rules);
  if (!targets) return Fail(targets.error());
  auto alerts = collect::Relabeling::Compile(options.alert_relabel_rules);
  if (!alerts) return Fail(alerts.error());
  set->targets = *std::move(targets);
  set->alerts = *std::move(alerts);
  return set;
}

std::string UrlOf(const model::LabelsBuilder& labels) {
  return fmt::format("{}://{}{}", labels.Get("__scheme__"), labels.Get("__address__"),
                     labels.Get(kAlertsPath));
}

/// Of discovered addresses.
struct Urls {
  std::set<std::string> wanted;
  std::set<std::string> unwanted;  ///< relabelling drops them
};

/// One that relabelling leaves without an address is in neither set.
void AddUrl(const Set& set, const collect::TargetGroup& group, const model::Labels& address, Urls& urls) {
  model::LabelsBuilder labels(address);
  for (const model::LabelView label : group.labels) {
    if (labels.Get(label.name).empty()) labels.Set(label.name, label.value);
  }
  labels.Set("__scheme__", set.options.job.scheme).Set(kAlertsPath, PathUnder(set.options.path_prefix));
  const std::string before = UrlOf(labels);
  if (!set.targets.Apply(labels)) {
    urls.unwanted.insert(before);
    return;
  }
  const std::string host(labels.Get("__address__"));
  if (!host.empty() && collect::CheckAddress(host)) urls.wanted.insert(UrlOf(labels));
}

Urls UrlsOf(const Set& set) {
  Urls urls;
  for (const auto& groups : set.found) {
    for (const collect::TargetGroup& group : groups) {
      for (const model::Labels& address : group.targets) AddUrl(set, group, address, urls);
    }
  }
  return urls;
}

/// What is counted of one Alertmanager. Thread safe.
struct Counts {
  std::atomic<uint64_t> sent{0};
  std::atomic<uint64_t> errors{0};
  exposition::DurationSummary latency;
};

Result<http::ClientRequest> RequestTo(const std::string& url, const config::AlertmanagerSet& set,
                                      std::string body) {
  return collect::MakeRequest(set.job.transport, url, set.timeout).map([&](http::ClientRequest request) {
    request.method = "POST";
    request.headers.Add("Content-Type", "application/json");
    request.body = std::move(body);
    return request;
  });
}

/// nullopt when relabelling drops the alert.
std::optional<model::AlertPtr> Relabeled(const model::AlertPtr& alert,
                                         const collect::Relabeling& relabeling) {
  if (relabeling.empty()) return alert;
  model::LabelsBuilder labels(alert->labels);
  if (!relabeling.Apply(labels)) return std::nullopt;
  model::Alert changed = *alert;
  changed.labels = labels.Build();
  if (changed.labels.empty()) return std::nullopt;
  return std::make_shared<const model::Alert>(std::move(changed));
}

}  // namespace

/// Lives on its strand; what is under way holds it weakly.
class Alertmanagers::Sender : public std::enable_shared_from_this<Sender> {
 public:
  Sender(async::Executor& executor, http::Client& http, dns::Resolver& resolver, Logger log,
         AlertmanagerLimits limits)
      : strand_(executor.MakeStrand()),
        http_(http),
        resolver_(resolver),
        log_(std::move(log)),
        limits_(limits) {}

  Status Apply(const config::AlertingOptions& options) {
    auto relabeling = collect::Relabeling::Compile(options.alert_relabel_rules);
    if (!relabeling) return Fail(relabeling.error());
    auto sets = std::make_shared<std::vector<std::unique_ptr<Set>>>();
    for (const config::AlertmanagerSet& each : options.sets) {
      auto set = MakeSet(each);
      if (!set) return Fail(set.error());
      sets->push_back(*std::move(set));
    }
    strand_->Post([self = shared_from_this(), relabeling = *relabeling, sets]() mutable {
      self->alerts_ = std::move(relabeling);
      self->Use(std::move(*sets));
    });
    return {};
  }

  void Receive(std::span<const model::AlertPtr> alerts) {
    strand_->Post([self = shared_from_this(), alerts = std::vector(alerts.begin(), alerts.end())] {
      self->Queue(alerts);
    });
  }

  void Stop() {
    strand_->Post([self = shared_from_this()] {
      self->pause_.Cancel();
      self->calls_.clear();
      self->sets_.clear();
    });
  }

  AlertmanagerStats Stats() const {
    AlertmanagerStats stats;
    stats.taken = taken_total_;
    stats.errors = errors_;
    stats.dropped = dropped_;
    stats.queued = queued_;
    stats.queue_capacity = limits_.queue;
    const std::lock_guard lock(mutex_);
    stats.unwanted.assign(unwanted_.begin(), unwanted_.end());
    stats.managers.reserve(counts_.size());
    for (const auto& [url, counts] : counts_) {
      stats.managers.push_back(
          {url, counts->sent, counts->errors, counts->latency.Read(kLatencyQuantiles, SteadyNow())});
    }
    return stats;
  }

 private:
  using Sets = std::vector<std::unique_ptr<Set>>;

  /// Those that are configured as before stay: a discovery that has not answered yet would find nobody.
  void Use(Sets sets) {
    Sets before = std::exchange(sets_, {});
    for (std::unique_ptr<Set>& set : sets) {
      const auto same = std::find_if(before.begin(), before.end(), [&](const std::unique_ptr<Set>& old) {
        return old != nullptr && old->options == set->options;
      });
      sets_.push_back(same == before.end() ? std::move(set) : std::move(*same));
      if (same == before.end()) Discover(*sets_.back());
    }
    SeeWhoIsThere();
  }

  void Discover(Set& set) {
    set.discoverers = collect::MakeDiscoverers(set.options.job, strand_, http_, resolver_, log_);
    set.found.resize(set.discoverers.size() + 1);
    set.found.back() = set.options.job.static_groups;
    for (size_t i = 0; i < set.discoverers.size(); ++i) {
      set.discoverers[i]->Start([this, &set, i](std::vector<collect::TargetGroup> all) {
        set.found[i] = std::move(all);
        SeeWhoIsThere();
      });
    }
  }
  /// Who goes takes the figures along; who comes begins at nought.
  void SeeWhoIsThere() {
    std::map<std::string, std::shared_ptr<Counts>> counts;
    std::set<std::string> unwanted;
    for (const auto& set : sets_) {
      Urls urls = UrlsOf(*set);
      unwanted.merge(urls.unwanted);
      for (const std::string& url : urls.wanted) {
        const auto before = counts_.find(url);
        counts.emplace(url, before == counts_.end() ? std::make_shared<Counts>() : before->second);
      }
    }
    const std::lock_guard lock(mutex_);
    counts_ = std::move(counts);
    unwanted_ = std::move(unwanted);
  }

  void Queue(const std::vector<model::AlertPtr>& alerts) {
    if (sets_.empty()) return;
    for (const model::AlertPtr& alert : alerts) {
      if (auto kept = Relabeled(alert, alerts_)) queue_.push_back(*std::move(kept));
    }
    uint64_t lost = 0;
    for (; queue_.size() > limits_.queue; ++lost) queue_.pop_front();
    if (lost > 0) {
      dropped_ += lost;
      log_.Warn("Alerts for Alertmanagers dropped: the queue is full", {{"count", lost}});
    }
    queued_ = queue_.size();
    if (batch_.empty()) NextBatch();
  }

  void NextBatch() {
    const size_t size = std::min(queue_.size(), limits_.batch);
    batch_.assign(queue_.begin(), queue_.begin() + static_cast<ptrdiff_t>(size));
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<ptrdiff_t>(size));
    queued_ = queue_.size();
    attempt_ = 0;
    if (!batch_.empty()) SendBatch();
  }

  /// To all Alertmanagers at once; the answers come back to the strand.
  void SendBatch() {
    ++attempt_;
    taken_ = false;
    waiting_ = 1;  // until all are on their way
    calls_.clear();
    for (const auto& set : sets_) {
      std::vector<model::AlertPtr> alerts;
      for (const model::AlertPtr& alert : batch_) {
        if (auto kept = Relabeled(alert, set->alerts)) alerts.push_back(*std::move(kept));
      }
      // A set that wants none of them is content.
      if (alerts.empty()) {
        taken_ = true;
        continue;
      }
      const std::string body = AlertsBody(alerts);
      for (const std::string& url : UrlsOf(*set).wanted) SendTo(url, *set, body, alerts.size());
    }
    Answered();
  }

  void SendTo(const std::string& url, const Set& set, const std::string& body, size_t count) {
    const auto known = counts_.find(url);
    const auto counts = known == counts_.end() ? std::make_shared<Counts>() : known->second;
    counts->sent += count;
    auto request = RequestTo(url, set.options, body);
    if (!request) return Failed(url, *counts, count, request.error().ToString());
    ++waiting_;
    const uint64_t round = round_;
    const Time start = SteadyNow();
    calls_.push_back(http_.Send(*std::move(request), [weak = weak_from_this(), url, counts, count, start,
                                                      round](Result<http::ClientResponse> answer) {
      const auto self = weak.lock();
      if (!self) return;
      const Time end = SteadyNow();
      counts->latency.Observe(end - start, end);
      self->strand_->Post([self, url, counts, count, round, answer = std::move(answer)] {
        if (round != self->round_) return;
        if (answer && answer->status / 100 == 2) {
          self->taken_total_ += count;
          self->taken_ = true;
        } else {
          self->Failed(url, *counts, count,
                       answer ? fmt::format("status {}: {}", answer->status, answer->body.substr(0, 200))
                              : answer.error().ToString());
        }
        self->Answered();
      });
    }));
  }

  void Failed(const std::string& url, Counts& counts, size_t count, const std::string& why) {
    errors_ += count;
    counts.errors += count;
    log_.Warn("An Alertmanager did not take alerts", {{"alertmanager", url}, {"count", count}, {"err", why}});
  }

  void Answered() {
    if (--waiting_ > 0) return;
    ++round_;
    if (taken_ || attempt_ >= limits_.attempts) {
      if (!taken_) dropped_ += batch_.size();
      batch_.clear();
      return NextBatch();
    }
    pause_ = strand_->After(kFirstPause * (1 << (attempt_ - 1)), [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->SendBatch();
    });
  }

  std::shared_ptr<async::Strand> strand_;
  http::Client& http_;
  dns::Resolver& resolver_;
  Logger log_;
  const AlertmanagerLimits limits_;

  collect::Relabeling alerts_;
  Sets sets_;
  std::deque<model::AlertPtr> queue_;
  std::vector<model::AlertPtr> batch_;  ///< under way; empty when nothing is
  std::vector<std::unique_ptr<http::Client::Handle>> calls_;
  async::Timer pause_;
  int attempt_ = 0;
  size_t waiting_ = 0;  ///< answers to come
  uint64_t round_ = 0;  ///< of sending; answers to an earlier one count no more
  bool taken_ = false;  ///< by one Alertmanager at least

  std::atomic<uint64_t> taken_total_{0};
  std::atomic<uint64_t> errors_{0};
  std::atomic<uint64_t> dropped_{0};
  std::atomic<uint64_t> queued_{0};
  mutable std::mutex mutex_;                               ///< what follows changes on the strand alone
  std::map<std::string, std::shared_ptr<Counts>> counts_;  ///< by URL, of those who are there
  std::set<std::string> unwanted_;
};

Alertmanagers::Alertmanagers(async::Executor& executor, http::Client& http, dns::Resolver& resolver,
                             Logger log, AlertmanagerLimits limits)
    : sender_(std::make_shared<Sender>(executor, http, resolver, std::move(log), limits)) {}

Alertmanagers::~Alertmanagers() { sender_->Stop(); }

Status Alertmanagers::Apply(const config::AlertingOptions& options) { return sender_->Apply(options); }

void Alertmanagers::Receive(std::span<const model::AlertPtr> alerts) { sender_->Receive(alerts); }

AlertmanagerStats Alertmanagers::stats() const { return sender_->Stats(); }

std::string AlertsBody(std::span<const model::AlertPtr> alerts) {
  web::Json list = web::Json::array();
  for (const model::AlertPtr& alert : alerts) {
    list.push_back({{"labels", web::LabelsJson(alert->labels)},
                    {"annotations", web::LabelsJson(alert->annotations)},
                    {"startsAt", FormatRfc3339(alert->starts_at)},
                    {"endsAt", FormatRfc3339(alert->ends_at)},
                    {"generatorURL", alert->generator_url}});
  }
  return web::Dump(list);
}

}  // namespace tocsin::app
