#include "alerting/notify/notifier.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "alerting/notify/dispatch/alert_store.h"
#include "alerting/notify/dispatch/dispatcher.h"
#include "alerting/notify/receivers/make.h"
#include "alerting/notify/template/templates.h"

namespace tocsin::notify {
namespace {

/// Rules send a resolved alert again for this long; so long we remember that we know.
constexpr Duration kKeepResolved{20 * 60'000};
constexpr Duration kCollectInterval{60'000};
/// Alertmanager's --dispatch.maintenance-interval.
constexpr Duration kRetireInterval{30'000};
constexpr Duration kBeatInterval{2'000};

std::function<double()> MakeRandom() {
  struct Source {
    std::mutex mutex;
    std::mt19937_64 engine{std::random_device{}()};
  };
  return [source = std::make_shared<Source>()] {
    std::lock_guard lock(source->mutex);
    return std::uniform_real_distribution<double>(0, 1)(source->engine);
  };
}

void CheckRoutes(const RouteOptions& route, const std::map<std::string, Exits>& receivers,
                 const TimeIntervals& intervals, Errors& errors) {
  if (!route.receiver.empty() && !receivers.contains(route.receiver)) {
    errors.emplace_back(ErrorCode::kInvalidArgument,
                        fmt::format("undefined receiver \"{}\" used in route", route.receiver));
  }
  for (const auto* names : {&route.mute_time_intervals, &route.active_time_intervals}) {
    for (const std::string& name : *names) {
      if (intervals.Has(name)) continue;
      errors.emplace_back(ErrorCode::kInvalidArgument,
                          fmt::format("undefined time interval \"{}\" used in route", name));
    }
  }
  for (const RouteOptions& child : route.routes) CheckRoutes(child, receivers, intervals, errors);
}

/// Calls `act` every `interval` for as long as the owner of `timer` lives.
template <typename Owner>
void Repeat(const std::shared_ptr<Owner>& owner, async::Timer Owner::*timer, Duration interval,
            void (Owner::*act)()) {
  (*owner).*timer =
      owner->strand().After(interval, [weak = std::weak_ptr<Owner>(owner), timer, interval, act] {
        if (auto self = weak.lock()) {
          ((*self).*act)();
          Repeat(self, timer, interval, act);
        }
      });
}

}  // namespace

class Notifier::State : public std::enable_shared_from_this<State> {
 public:
  explicit State(Services services)
      : services_(std::move(services)),
        random_(services_.random ? services_.random : MakeRandom()),
        strand_(services_.executor.MakeStrand()) {
    if (services_.evidence_targets) {
      evidence_ = std::make_shared<Evidence>(strand_, services_.http, services_.executor.clock(),
                                             services_.evidence_targets);
    }
  }

  void Start() {
    strand_->Post([self = shared_from_this()] {
      Repeat(self, &State::collecting_, kCollectInterval, &State::Collect);
      Repeat(self, &State::retiring_, kRetireInterval, &State::RetireGroups);
      if (self->services_.keeper) Repeat(self, &State::beating_, kBeatInterval, &State::Beat);
    });
  }

  async::Strand& strand() { return *strand_; }

  void Restore(std::vector<model::Alert> alerts, Timestamp alive_at) {
    strand_->Post([self = shared_from_this(), alerts = std::move(alerts), alive_at]() mutable {
      const Timestamp now = self->Now();
      const Timestamp patience = now + self->resolve_timeout();
      for (model::Alert& alert : alerts) {
        const bool fired = !alert.ResolvedAt(std::max(alive_at, alert.updated_at));
        if (fired && alert.ends_at < patience) {
          alert.ends_at = patience;
          alert.timeout = true;
        }
        self->store_.Put(std::make_shared<const model::Alert>(std::move(alert)), now);
      }
    });
  }

  Checked<void> Apply(const Options& options) {
    Errors errors;
    auto templates = Templates::Load(options.template_globs, Clock(), options.external_url);
    if (!templates) return tl::unexpected<Errors>(templates.error());
    Routing routing;
    routing.inhibitor = std::make_shared<Inhibitor>(options.inhibit_rules);
    routing.intervals = std::make_shared<const TimeIntervals>(options.time_intervals);
    std::map<std::string, Exits> receivers;
    for (const ReceiverOptions& receiver : options.receivers) {
      receivers[receiver.name] = MakeExits(receiver, routing, *templates, options.external_url);
      routing.receivers.push_back(receiver.name);
    }
    if (options.route.receiver.empty()) {
      errors.emplace_back(ErrorCode::kInvalidArgument, "root route must specify a default receiver");
    }
    CheckRoutes(options.route, receivers, *routing.intervals, errors);
    if (!errors.empty()) return tl::unexpected<Errors>(std::move(errors));

    routing.dispatcher = std::make_shared<Dispatcher>(services_.executor, strand_, options.route,
                                                      std::move(receivers), services_.logger);
    resolve_timeout_ = options.resolve_timeout.count();
    strand_->Post([weak = weak_from_this(), routing = std::move(routing)]() mutable {
      if (auto self = weak.lock()) self->Swap(std::move(routing));
    });
    return {};
  }

  void Receive(std::span<const model::AlertPtr> alerts, std::function<void(Status)> done) {
    strand_->Post([weak = weak_from_this(),
                   alerts = std::vector<model::AlertPtr>(alerts.begin(), alerts.end()),
                   done = std::move(done)]() mutable {
      auto self = weak.lock();
      if (!self) return;
      self->Take(alerts);
      if (!done) return;
      if (self->services_.keeper) {
        self->services_.keeper->WhenSafe(std::move(done));
      } else {
        done({});
      }
    });
  }

  void ReceiveFromRules(std::span<const model::AlertPtr> alerts) {
    strand_->Post(
        [weak = weak_from_this(), alerts = std::vector<model::AlertPtr>(alerts.begin(), alerts.end())] {
          if (auto self = weak.lock()) self->Take(self->HoldForEvidence(alerts));
        });
  }

  void Look(std::function<void(View)> done) {
    strand_->Post([weak = weak_from_this(), done = std::move(done)]() mutable {
      auto self = weak.lock();
      if (!self) return;
      auto view = std::make_shared<View>(self->MakeView());
      self->services_.executor.MakeStrand()->Post(
          [view = std::move(view), done = std::move(done)] { done(std::move(*view)); });
    });
  }

  Duration resolve_timeout() const { return Duration(resolve_timeout_.load()); }

  std::vector<IntegrationStats> Stats() const {
    std::lock_guard lock(counters_mutex_);
    std::vector<IntegrationStats> stats;
    stats.reserve(counters_.size());
    for (const auto& [id, counters] : counters_) {
      stats.push_back({id, counters->notifications, counters->notifications_failed, counters->attempts,
                       counters->attempts_failed, counters->delivered, counters->delivery_ms});
    }
    return stats;
  }

 private:
  /// What a configuration brings.
  struct Routing {
    std::shared_ptr<Dispatcher> dispatcher;
    std::shared_ptr<Inhibitor> inhibitor;
    std::shared_ptr<const TimeIntervals> intervals;
    std::vector<std::string> receivers;
  };

  const tocsin::Clock& Clock() const { return services_.executor.clock(); }
  Timestamp Now() const { return Clock().Now(); }

  /// Sources of inhibition come before the alerts that they inhibit, whatever order they were sent in.
  void Dispatch(const std::vector<model::AlertPtr>& alerts) {
    for (const model::AlertPtr& alert : alerts) routing_.inhibitor->Update(alert);
    for (const model::AlertPtr& alert : alerts) routing_.dispatcher->Dispatch(alert);
  }

  void Swap(Routing routing) {
    routing_ = std::move(routing);
    Dispatch(store_.All());
  }

  /// Those of the alerts that need not wait. The others follow with their log lines; what the rules say of
  /// one meanwhile takes its place.
  std::vector<model::AlertPtr> HoldForEvidence(const std::vector<model::AlertPtr>& alerts) {
    if (!evidence_) return alerts;
    std::vector<model::AlertPtr> ready;
    for (const model::AlertPtr& alert : alerts) {
      if (!Evidence::QueryOf(*alert)) {
        ready.push_back(alert);
      } else if (auto held = held_.find(alert->labels); held != held_.end()) {
        held->second = alert;
      } else if (const model::AlertPtr known = store_.Find(alert->labels);
                 alert->ResolvedAt(Now()) || (known && !known->ResolvedAt(Now()))) {
        ready.push_back(known ? WithLogLines(alert, known->annotations.Get(kLogLinesAnnotation)) : alert);
      } else {
        held_.emplace(alert->labels, alert);
        evidence_->Ask(*alert, [weak = weak_from_this(), labels = alert->labels](const std::string& lines) {
          if (auto self = weak.lock()) self->Release(labels, lines);
        });
      }
    }
    return ready;
  }

  void Release(const model::Labels& labels, const std::string& lines) {
    auto held = held_.extract(labels);
    if (!held.empty()) Take({WithLogLines(held.mapped(), lines)});
  }

  void Take(const std::vector<model::AlertPtr>& alerts) {
    const Timestamp now = Now();
    std::vector<model::AlertPtr> known;
    known.reserve(alerts.size());
    for (const model::AlertPtr& alert : alerts) {
      auto merged = store_.Put(alert, now);
      if (!merged) continue;
      if (services_.keeper) services_.keeper->Keep(**merged);
      known.push_back(*std::move(merged));
    }
    if (routing_.dispatcher) Dispatch(known);
  }

  View MakeView() const {
    View view;
    view.now = Now();
    view.alerts = store_.All();
    std::erase_if(view.alerts, [&](const model::AlertPtr& alert) { return alert->ends_at < view.now; });
    view.silences = services_.silences;
    view.receivers = routing_.receivers;
    view.inhibitor = routing_.inhibitor;
    view.intervals = routing_.intervals;
    if (routing_.dispatcher) view.routes = routing_.dispatcher->routes();
    return view;
  }

  void Collect() {
    const Timestamp now = Now();
    if (routing_.inhibitor) routing_.inhibitor->Collect(now);
    for (const model::Labels& labels : store_.Collect(now, kKeepResolved)) {
      if (services_.keeper) services_.keeper->Forget(labels);
    }
    services_.log->Collect(now);
    services_.silences->Collect();
  }

  void RetireGroups() {
    if (routing_.dispatcher) routing_.dispatcher->RetireEmptyGroups();
  }

  void Beat() { services_.keeper->Beat(Now()); }

  std::shared_ptr<IntegrationCounters> CountersOf(const IntegrationId& id) {
    std::lock_guard lock(counters_mutex_);
    auto& counters = counters_[id];
    if (!counters) counters = std::make_shared<IntegrationCounters>();
    return counters;
  }

  Exits MakeExits(const ReceiverOptions& receiver, const Routing& routing,
                  const std::shared_ptr<const Templates>& templates, const std::string& external_url) {
    StageContext context;
    context.log = services_.log;
    context.inhibitor = routing.inhibitor;
    context.silences = services_.silences;
    context.intervals = routing.intervals;
    context.clock = &Clock();
    context.backoff.random = random_;
    context.pipeline = services_.pipeline;
    context.logger = services_.logger;
    Exits exits;
    const ReceiverServices services{services_.http, services_.smtp, Clock(), templates, external_url};
    for (const auto& integration : MakeIntegrations(receiver, services)) {
      const IntegrationId& id = integration->id();
      exits.push_back({id, ComposeStages(integration, CountersOf(id), context)});
    }
    return exits;
  }

  const Services services_;
  const std::function<double()> random_;
  const std::shared_ptr<async::Strand> strand_;
  std::atomic<int64_t> resolve_timeout_{Options().resolve_timeout.count()};

  // Touched on the strand alone.
  AlertStore store_;
  std::shared_ptr<Evidence> evidence_;  ///< null: nobody is asked
  std::unordered_map<model::Labels, model::AlertPtr, model::LabelsHash> held_;
  Routing routing_;
  async::Timer collecting_;
  async::Timer retiring_;
  async::Timer beating_;

  mutable std::mutex counters_mutex_;
  std::map<IntegrationId, std::shared_ptr<IntegrationCounters>> counters_;
};

Notifier::Notifier(Services services) : state_(std::make_shared<State>(std::move(services))) {
  state_->Start();
}

Notifier::~Notifier() = default;

void Notifier::Restore(std::vector<model::Alert> alerts, Timestamp alive_at) {
  state_->Restore(std::move(alerts), alive_at);
}

Checked<void> Notifier::Apply(const Options& options) { return state_->Apply(options); }

void Notifier::Receive(std::span<const model::AlertPtr> alerts) { state_->ReceiveFromRules(alerts); }

void Notifier::Receive(std::span<const model::AlertPtr> alerts, std::function<void(Status)> done) {
  state_->Receive(alerts, std::move(done));
}

void Notifier::Look(std::function<void(View)> done) const { state_->Look(std::move(done)); }

Duration Notifier::resolve_timeout() const { return state_->resolve_timeout(); }

std::vector<IntegrationStats> Notifier::Stats() const { return state_->Stats(); }

}  // namespace tocsin::notify
