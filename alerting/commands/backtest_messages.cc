#include "alerting/commands/backtest_messages.h"

#include <map>
#include <utility>

#include "alerting/notify/notifier.h"
#include "base/async/fake_executor.h"

namespace tocsin::app {
namespace {

/// What every receiver's server answers when it is content: Slack's clients want "ok".
class ContentHttp final : public http::Client {
 public:
  explicit ContentHttp(async::Executor& executor) : strand_(executor.MakeStrand()) {}
  std::unique_ptr<Handle> Send(http::ClientRequest, http::Done done) override {
    strand_->Post([done = std::move(done)] {
      http::ClientResponse response;
      response.status = 200;
      response.body = "ok";
      done(std::move(response));
    });
    return std::make_unique<Handle>();
  }

 private:
  std::shared_ptr<async::Strand> strand_;
};

class ContentSmtp final : public smtp::Client {
 public:
  explicit ContentSmtp(async::Executor& executor) : strand_(executor.MakeStrand()) {}
  std::unique_ptr<Handle> Send(smtp::Mail, smtp::Done done) override {
    strand_->Post([done = std::move(done)] { done(Status()); });
    return std::make_unique<Handle>();
  }

 private:
  std::shared_ptr<async::Strand> strand_;
};

}  // namespace

class MessageCounter::Pipeline {
 public:
  explicit Pipeline(Timestamp from) { executor.Advance(from - executor.clock().Now()); }

  async::FakeExecutor executor;
  ContentHttp http{executor};
  ContentSmtp smtp{executor};
  notify::Notifier notifier{
      {.executor = executor,
       .http = http,
       .smtp = smtp,
       .log = std::make_shared<notify::NotificationLog>(notify::NotificationLog::Keeper()),
       .silences = std::make_shared<notify::Silences>(executor.clock(), notify::SilenceLimits{},
                                                      notify::Silences::Keeper()),
       .keeper = nullptr,
       .pipeline = {},
       .logger = Logger(),
       .random = [] { return 0.5; }}};
};

MessageCounter::MessageCounter(std::unique_ptr<Pipeline> pipeline) : pipeline_(std::move(pipeline)) {}

MessageCounter::~MessageCounter() = default;

Checked<std::unique_ptr<MessageCounter>> MessageCounter::Make(const notify::Options& options,
                                                              Timestamp from) {
  auto pipeline = std::make_unique<Pipeline>(from);
  if (auto applied = pipeline->notifier.Apply(options); !applied) return tl::unexpected(applied.error());
  pipeline->executor.Run();
  return std::unique_ptr<MessageCounter>(new MessageCounter(std::move(pipeline)));
}

void MessageCounter::Receive(std::span<const model::AlertPtr> alerts) {
  pipeline_->notifier.Receive(alerts);
  pipeline_->executor.Run();
}

void MessageCounter::AdvanceTo(Timestamp at) {
  const Duration ahead = at - pipeline_->executor.clock().Now();
  if (ahead > Duration(0)) pipeline_->executor.Advance(ahead);
}

std::vector<MessageCount> MessageCounter::Counts() const {
  std::map<std::pair<std::string, std::string>, uint64_t> counts;
  for (const notify::IntegrationStats& stats : pipeline_->notifier.Stats()) {
    counts[{stats.integration.receiver, stats.integration.type}] +=
        stats.notifications - stats.notifications_failed;
  }
  std::vector<MessageCount> list;
  for (const auto& [id, messages] : counts) {
    if (messages > 0) list.push_back({id.first, id.second, messages});
  }
  return list;
}

}  // namespace tocsin::app
