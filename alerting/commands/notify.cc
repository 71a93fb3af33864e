#include "alerting/commands/notify.h"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <optional>
#include <utility>

#include "alerting/notify/dispatch/route_text.h"
#include "alerting/notify/notification_id.h"
#include "alerting/notify/receivers/make.h"
#include "alerting/promql/engine.h"
#include "alerting/store/store.h"
#include "base/async/pool.h"
#include "base/flags/flags.h"

namespace tocsin::app {
namespace {

constexpr Duration kTimeout{30'000};
constexpr const char* kUrl = "http://localhost:9093";

int Complain(const Errors& errors) {
  std::fprintf(stderr, "%s\n", ToString(errors).c_str());
  return 1;
}

Checked<Configuration> Load(const NotifyCommand& command) {
  const store::Store store;
  const SystemClock clock;
  const promql::Engine engine(store, clock);
  return LoadConfiguration(command.files, engine, clock, kUrl);
}

notify::Notification TestMessage(const std::string& receiver, Timestamp now) {
  model::Alert alert;
  alert.labels = {{"alertname", "TocsinTest"}, {"severity", "info"}, {"test", "true"}};
  alert.annotations = {
      {"summary", "This is a test message; nothing has happened"},
      {"description", "Sent by `tocsin notify test " + receiver + "` to see that it arrives."}};
  alert.starts_at = now;
  alert.ends_at = now + kTimeout;
  alert.updated_at = now;
  alert.generator_url = kUrl;
  notify::Notification message;
  message.group_key = "{}:{test=\"true\"}";
  message.receiver = receiver;
  message.group_labels = {{"alertname", "TocsinTest"}};
  message.alerts = {std::make_shared<const model::Alert>(std::move(alert))};
  message.now = now;
  return message;
}

/// Remembers what a server answered last, to be shown.
class AnswerKeeper final : public http::Client {
 public:
  explicit AnswerKeeper(http::Client& inner) : inner_(inner) {}

  std::unique_ptr<Handle> Send(http::ClientRequest request, http::Done done) override {
    return inner_.Send(std::move(request), [this,
                                            done = std::move(done)](Result<http::ClientResponse> response) {
      if (response) {
        std::string body = response->body.substr(0, std::min(response->body.find_first_of("\r\n"), kShown));
        const std::lock_guard lock(mutex_);
        answer_ = std::to_string(response->status) + (body.empty() ? "" : " " + body);
      }
      done(std::move(response));
    });
  }

  /// "200 ok"; "" when there was none since the last call.
  std::string Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(answer_, "");
  }

 private:
  static constexpr size_t kShown = 300;
  http::Client& inner_;
  std::mutex mutex_;
  std::string answer_;
};

/// Sends and waits.
Status Deliver(const notify::Integration& integration, const notify::Notification& message) {
  struct Outcome {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Status> status;
  };
  auto outcome = std::make_shared<Outcome>();
  auto attempt = integration.Send(message, kTimeout, [outcome](const notify::SendResult& result) {
    const std::lock_guard lock(outcome->mutex);
    outcome->status = result.status;
    outcome->changed.notify_all();
  });
  std::unique_lock lock(outcome->mutex);
  const bool answered =
      outcome->changed.wait_for(lock, 2 * kTimeout, [&outcome] { return outcome->status.has_value(); });
  if (!answered) return Fail(ErrorCode::kTimeout, "no answer");
  return outcome->status.value_or(Status{});
}

int Send(const notify::ReceiverOptions& receiver, const std::vector<std::string>& template_globs) {
  async::Pool pool(2);
  auto curl = http::MakeCurlClient(pool, "tocsin/" + std::string(flags::Version()));
  AnswerKeeper http(*curl);
  auto smtp = smtp::MakeCurlClient(pool);
  int exit_code = 0;
  auto templates = notify::Templates::Load(template_globs, pool.clock(), kUrl);
  if (!templates) {
    exit_code = Complain(templates.error());
  } else {
    const auto integrations =
        notify::MakeIntegrations(receiver, {http, *smtp, pool.clock(), *templates, kUrl});
    if (integrations.empty()) std::printf("%s has no integrations: it tells nobody\n", receiver.name.c_str());
    for (const auto& integration : integrations) {
      notify::Notification message = TestMessage(receiver.name, pool.clock().Now());
      message.id = notify::NotificationId(message, integration->id(), std::nullopt);
      const Status sent = Deliver(*integration, message);
      const std::string answer = http.Take();
      const std::string outcome = !sent            ? sent.error().ToString()
                                  : answer.empty() ? "sent; the server took it"
                                                   : "sent; the server answered " + answer;
      std::printf("%s: %s\n", integration->id().ToString().c_str(), outcome.c_str());
      if (!sent) exit_code = 1;
    }
  }
  pool.Stop();
  return exit_code;
}

}  // namespace

int TestRoutes(const NotifyCommand& command) {
  auto configuration = Load(command);
  if (!configuration) return Complain(configuration.error());
  model::LabelsBuilder labels;
  for (const std::string& text : command.labels) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Complain({{ErrorCode::kInvalidArgument, "expected name=value, found \"" + text + "\""}});
    }
    std::string value = text.substr(equals + 1);
    if (value.size() > 1 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    labels.Set(text.substr(0, equals), value);
  }
  const auto routes = notify::Route::Make(configuration->alertmanager.options.route);
  for (const notify::Reached& reached : notify::Reach(*routes, labels.Build())) {
    std::printf("%s\n  by %s\n  in the group %s\n", reached.receiver.c_str(), reached.path.c_str(),
                reached.group.c_str());
  }
  return 0;
}

int TestReceiver(const NotifyCommand& command) {
  auto configuration = Load(command);
  if (!configuration) return Complain(configuration.error());
  const notify::Options& options = configuration->alertmanager.options;
  auto receiver = std::find_if(options.receivers.begin(), options.receivers.end(),
                               [&](const auto& candidate) { return candidate.name == command.receiver; });
  if (receiver == options.receivers.end()) {
    return Complain({{ErrorCode::kNotFound, "no receiver \"" + command.receiver + "\" in the file"}});
  }
  return Send(*receiver, options.template_globs);
}

}  // namespace tocsin::app
