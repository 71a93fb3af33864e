#include "alerting/watchdog.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tocsin::app {
namespace {

constexpr int kRoundsMissed = 3;
constexpr Duration kPatience{10'000};
constexpr Duration kCallTimeout{10'000};

}  // namespace

std::string OverdueGroup(const std::vector<std::shared_ptr<const rules::GroupSnapshot>>& groups,
                         Timestamp since, Timestamp now) {
  for (const auto& group : groups) {
    const Timestamp last = std::max(since, group->last_success.value_or(since));
    if (now - last <= kRoundsMissed * group->spec->interval + kPatience) continue;
    const bool tried = group->last_evaluation.value_or(since) > last;
    return fmt::format("{} of group {} of {} since {}",
                       tried ? "no rule could be evaluated" : "there was no evaluation", group->spec->name,
                       group->spec->file, FormatRfc3339(last));
  }
  return {};
}

/// Lives on its strand; timers and answers hold it weakly.
class Watchdog::Loop : public std::enable_shared_from_this<Loop> {
 public:
  Loop(WatchdogOptions options, WatchdogSources sources, async::Executor& executor, http::Client& http,
       Logger log)
      : options_(std::move(options)),
        sources_(std::move(sources)),
        clock_(executor.clock()),
        strand_(executor.MakeStrand()),
        http_(http),
        log_(std::move(log)),
        started_(clock_.Now()) {}

  void Start() {
    strand_->Post([self = shared_from_this()] { self->Wait(); });
  }
  void Stop() {
    strand_->Post([self = shared_from_this()] {
      self->stopped_ = true;
      self->timer_.Cancel();
      self->call_.reset();
    });
  }

  std::atomic<uint64_t> calls{0};
  std::atomic<uint64_t> calls_failed{0};
  std::atomic<uint64_t> withheld{0};

 private:
  void Wait() {
    if (stopped_) return;
    timer_ = strand_->After(options_.interval, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Turn();
    });
  }

  void Turn() {
    std::string trouble = OverdueGroup(sources_.groups(), started_, clock_.Now());
    if (std::string undelivered = Undelivered(); trouble.empty()) trouble = std::move(undelivered);
    if (trouble.empty()) {
      Call();
    } else {
      ++withheld;
      log_.Warn("The dead man's switch is not told that all is well", {{"reason", trouble}});
    }
    Wait();
  }

  /// What takes messages, by name: how many it took and how many it refused, since the start.
  struct Delivery {
    uint64_t taken = 0;
    uint64_t refused = 0;
  };
  std::map<std::string, Delivery> Deliveries() const {
    std::map<std::string, Delivery> deliveries;
    for (const notify::IntegrationStats& stats : sources_.notifications()) {
      const std::string id = fmt::format("{}/{}[{}]", stats.integration.receiver, stats.integration.type,
                                         stats.integration.index);
      deliveries[id] = {stats.attempts - stats.attempts_failed, stats.attempts_failed};
    }
    const AlertmanagerStats alertmanagers = sources_.alertmanagers();
    deliveries["the Alertmanagers"] = {alertmanagers.taken, alertmanagers.errors + alertmanagers.dropped};
    return deliveries;
  }

  /// Whoever refused a message and has taken none since. Between two attempts there may be more than one
  /// turn.
  std::string Undelivered() {
    std::map<std::string, Delivery> now = Deliveries();
    std::set<std::string> refusing;
    for (const auto& [id, delivery] : now) {
      const Delivery before = last_[id];
      const bool taken = delivery.taken > before.taken;
      if (!taken && (delivery.refused > before.refused || refusing_.contains(id))) refusing.insert(id);
    }
    last_ = std::move(now);
    refusing_ = std::move(refusing);
    return refusing_.empty() ? "" : fmt::format("messages to {} do not get through", *refusing_.begin());
  }

  void Call() {
    ++calls;
    http::ClientRequest request;
    request.url = options_.url.Reveal();
    request.timeout = std::min(kCallTimeout, options_.interval);
    request.secret_path = true;
    request.follow_redirects = true;
    call_ =
        http_.Send(std::move(request), [weak = weak_from_this()](const Result<http::ClientResponse>& answer) {
          const auto self = weak.lock();
          if (!self || (answer && answer->status / 100 == 2)) return;
          ++self->calls_failed;
          self->log_.Warn(
              "Telling the dead man's switch failed",
              {{"err", answer ? fmt::format("status {}", answer->status) : answer.error().ToString()}});
        });
  }

  const WatchdogOptions options_;
  const WatchdogSources sources_;
  const Clock& clock_;
  std::shared_ptr<async::Strand> strand_;
  http::Client& http_;
  Logger log_;
  const Timestamp started_;
  bool stopped_ = false;
  std::map<std::string, Delivery> last_;
  std::set<std::string> refusing_;
  std::unique_ptr<http::Client::Handle> call_;
  async::Timer timer_;
};

Watchdog::Watchdog(WatchdogOptions options, WatchdogSources sources, async::Executor& executor,
                   http::Client& http, Logger log)
    : loop_(std::make_shared<Loop>(std::move(options), std::move(sources), executor, http, std::move(log))) {}

Watchdog::~Watchdog() { loop_->Stop(); }

void Watchdog::Start() { loop_->Start(); }

WatchdogStats Watchdog::stats() const { return {loop_->calls, loop_->calls_failed, loop_->withheld}; }

}  // namespace tocsin::app
