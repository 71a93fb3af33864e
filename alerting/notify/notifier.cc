#include "alerting/notify/notifier.h"

#include <map>
#include <mutex>
#include <random>

#include <fmt/format.h>

#include "alerting/notify/dispatch/alert_store.h"
#include "alerting/notify/dispatch/dispatcher.h"
#include "alerting/notify/receivers/email.h"
#include "alerting/notify/receivers/slack.h"
#include "alerting/notify/receivers/webhook.h"
#include "alerting/notify/stages/compose.h"
#include "alerting/notify/template/templates.h"

namespace tocsin::notify {
namespace {

/// Rules send a resolved alert again for this long; so long we remember that we know.
constexpr Duration kKeepResolved{20 * 60'000};
constexpr Duration kCollectInterval{60'000};

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

void CheckRoutes(const RouteOptions& route, const std::map<std::string, Exits>& receivers, Errors& errors) {
  if (!route.receiver.empty() && !receivers.contains(route.receiver)) {
    errors.emplace_back(ErrorCode::kInvalidArgument,
                        fmt::format("undefined receiver \"{}\" used in route", route.receiver));
  }
  for (const RouteOptions& child : route.routes) CheckRoutes(child, receivers, errors);
}

}  // namespace

class Notifier::State : public std::enable_shared_from_this<State> {
 public:
  explicit State(Services services)
      : services_(std::move(services)),
        random_(services_.random ? services_.random : MakeRandom()),
        strand_(services_.executor.MakeStrand()) {}

  void Start() {
    strand_->Post([self = shared_from_this()] { self->ArmCollection(); });
  }

  Checked<void> Apply(const Options& options) {
    Errors errors;
    const Clock& clock = services_.executor.clock();
    auto templates = Templates::Load(options.template_globs, clock, options.external_url);
    if (!templates) return tl::unexpected<Errors>(templates.error());
    std::map<std::string, Exits> receivers;
    for (const ReceiverOptions& receiver : options.receivers) {
      receivers[receiver.name] = MakeExits(receiver, *templates, options.external_url);
    }
    if (options.route.receiver.empty()) {
      errors.emplace_back(ErrorCode::kInvalidArgument, "root route must specify a default receiver");
    }
    CheckRoutes(options.route, receivers, errors);
    if (!errors.empty()) return tl::unexpected<Errors>(std::move(errors));

    auto dispatcher = std::make_shared<Dispatcher>(services_.executor, strand_, options.route,
                                                   std::move(receivers), services_.logger);
    strand_->Post([weak = weak_from_this(), dispatcher = std::move(dispatcher)]() mutable {
      auto self = weak.lock();
      if (!self) return;
      self->dispatcher_ = std::move(dispatcher);
      for (const model::AlertPtr& alert : self->store_.All()) self->dispatcher_->Dispatch(alert);
    });
    return {};
  }

  void Receive(std::span<const model::AlertPtr> alerts) {
    strand_->Post(
        [weak = weak_from_this(), alerts = std::vector<model::AlertPtr>(alerts.begin(), alerts.end())] {
          auto self = weak.lock();
          if (!self) return;
          Timestamp now = self->services_.executor.clock().Now();
          for (const model::AlertPtr& alert : alerts) {
            auto known = self->store_.Put(alert, now);
            if (known && self->dispatcher_) self->dispatcher_->Dispatch(*known);
          }
        });
  }

  std::vector<IntegrationStats> Stats() const {
    std::lock_guard lock(counters_mutex_);
    std::vector<IntegrationStats> stats;
    stats.reserve(counters_.size());
    for (const auto& [id, counters] : counters_) {
      stats.push_back({id, counters->notifications, counters->notifications_failed, counters->attempts,
                       counters->attempts_failed});
    }
    return stats;
  }

 private:
  void ArmCollection() {
    collection_ = strand_->After(kCollectInterval, [weak = weak_from_this()] {
      auto self = weak.lock();
      if (!self) return;
      Timestamp now = self->services_.executor.clock().Now();
      self->store_.Collect(now, kKeepResolved);
      self->services_.log->Collect(now);
      self->ArmCollection();
    });
  }

  std::shared_ptr<IntegrationCounters> CountersOf(const IntegrationId& id) {
    std::lock_guard lock(counters_mutex_);
    auto& counters = counters_[id];
    if (!counters) counters = std::make_shared<IntegrationCounters>();
    return counters;
  }

  Exits MakeExits(const ReceiverOptions& receiver, const std::shared_ptr<const Templates>& templates,
                  const std::string& external_url) {
    const Clock& clock = services_.executor.clock();
    StageContext context;
    context.log = services_.log;
    context.clock = &clock;
    context.backoff.random = random_;
    context.logger = services_.logger;
    Exits exits;
    auto add = [&](const std::shared_ptr<const Integration>& integration) {
      IntegrationId id = integration->id();
      exits.push_back({id, ComposeStages(integration, CountersOf(id), context)});
    };
    for (size_t i = 0; i < receiver.slack.size(); ++i) {
      add(std::make_shared<SlackIntegration>(IntegrationId{receiver.name, "slack", i}, receiver.slack[i],
                                             templates, services_.http, clock));
    }
    for (size_t i = 0; i < receiver.email.size(); ++i) {
      add(std::make_shared<EmailIntegration>(IntegrationId{receiver.name, "email", i}, receiver.email[i],
                                             templates, services_.smtp, clock));
    }
    for (size_t i = 0; i < receiver.webhook.size(); ++i) {
      add(std::make_shared<WebhookIntegration>(IntegrationId{receiver.name, "webhook", i},
                                               receiver.webhook[i], external_url, services_.http));
    }
    return exits;
  }

  const Services services_;
  const std::function<double()> random_;
  const std::shared_ptr<async::Strand> strand_;

  // Touched on the strand alone.
  AlertStore store_;
  std::shared_ptr<Dispatcher> dispatcher_;
  async::Timer collection_;

  mutable std::mutex counters_mutex_;
  std::map<IntegrationId, std::shared_ptr<IntegrationCounters>> counters_;
};

Notifier::Notifier(Services services) : state_(std::make_shared<State>(std::move(services))) {
  state_->Start();
}

Notifier::~Notifier() = default;

Checked<void> Notifier::Apply(const Options& options) { return state_->Apply(options); }

void Notifier::Receive(std::span<const model::AlertPtr> alerts) { state_->Receive(alerts); }

std::vector<IntegrationStats> Notifier::Stats() const { return state_->Stats(); }

}  // namespace tocsin::notify
