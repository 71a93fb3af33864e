#include "alerting/commands/backtest.h"

#include <filesystem>
#include <memory>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "alerting/commands/backtest_messages.h"
#include "alerting/commands/backtest_output.h"
#include "alerting/commands/backtest_run.h"
#include "alerting/commands/sample_fetch.h"
#include "alerting/configuration.h"
#include "alerting/promql/engine.h"
#include "alerting/web/parameters.h"

namespace tocsin::app {
namespace {

constexpr Duration kDefaultReach{3'600'000};
constexpr const char* kLinks = "http://localhost:9093";

class NobodyListens final : public model::AlertSink {
 public:
  void Receive(std::span<const model::AlertPtr>) override {}
};

int RefuseBacktest(const std::string& message) {
  fmt::print(stderr, "tocsin rules backtest: {}\n", message);
  return 1;
}

Result<std::pair<Timestamp, Timestamp>> SpanOf(const BacktestCommand& command) {
  Timestamp to = SystemClock().Now();
  if (!command.to.empty()) {
    const auto time = web::ParseTime(command.to);
    if (!time) return Fail(time.error().WithContext("--to"));
    to = *time;
  }
  Timestamp from = to - kDefaultReach;
  if (!command.from.empty()) {
    const auto time = web::ParseTime(command.from);
    if (!time) return Fail(time.error().WithContext("--from"));
    from = *time;
  }
  if (from >= to) return Fail(ErrorCode::kInvalidArgument, "--from must be before --to");
  return std::pair(from, to);
}

/// Of all that the rules ask; and what they write themselves, which is not wanted from outside.
std::vector<std::string> SelectorsOf(const rules::GroupSpecs& groups, std::set<std::string>& written) {
  std::vector<std::string> selectors;
  const auto add = [&](const model::PreparedQuery* query) {
    if (query == nullptr) return;
    for (std::string& selector : query->Selectors()) selectors.push_back(std::move(selector));
  };
  written = {"ALERTS", "ALERTS_FOR_STATE"};
  for (const auto& group : groups) {
    for (const rules::RuleSpec& rule : group->rules) {
      add(rule.query.get());
      add(rule.resolve_query.get());
      if (rule.kind == rules::RuleKind::kRecording) written.insert(rule.name);
    }
  }
  return selectors;
}

Result<uint64_t> FromApi(const std::string& url, const std::vector<std::string>& selectors,
                         const FetchOptions& options, model::Appendable& to) {
  Remote remote(url);
  return FetchSamples(remote, selectors, options, to);
}

Result<uint64_t> FromStorage(const std::string& folder, const std::vector<std::string>& selectors,
                             const FetchOptions& options, model::Appendable& to) {
  // Opening one that is not there would make it.
  if (!std::filesystem::is_directory(folder)) return Fail(ErrorCode::kNotFound, folder + " is no folder");
  const SystemClock clock;
  store::DiskOptions disk;
  disk.folder = folder;
  auto storage = store::Store::Open({}, std::move(disk), clock, Logger());
  if (!storage) return Fail(storage.error().WithContext("--storage"));
  if (Status loaded = (*storage)->Load(); !loaded) return Fail(loaded.error().WithContext("--storage"));
  return CopySamples(**storage, selectors, options, to);
}

void PrintMessages(const MessageCounter& counter) {
  const auto counts = counter.Counts();
  fmt::print("\n{}\n",
             counts.empty() ? "no message would have been sent" : "messages that would have been sent:");
  for (const MessageCount& count : counts) {
    fmt::print("  {:>6}  {} to {}\n", count.messages, count.integration, count.receiver);
  }
}

}  // namespace

int Backtest(const BacktestCommand& command) {
  if (command.url.empty() == command.storage.empty()) {
    return RefuseBacktest("the samples are at --url or in --storage: give one of them");
  }
  const auto span = SpanOf(command);
  if (!span) return RefuseBacktest(span.error().message());
  const auto [from, to] = *span;
  const SystemClock clock;
  store::Store store;
  const promql::Engine engine(store, clock, {.enable_experimental = true, .enable_duration_expr = true});
  ConfigurationFiles files;
  files.rules = command.rules;
  files.evaluation_interval = command.interval;
  files.alertmanager = command.notify_config;
  const auto configuration = LoadConfiguration(files, engine, clock, kLinks);
  if (!configuration) return RefuseBacktest("\n" + ToString(configuration.error()));

  FetchOptions fetch{.from = from, .to = to, .max_samples = command.max_samples};
  const auto selectors = SelectorsOf(configuration->groups, fetch.skip);
  const auto fetched = command.storage.empty() ? FromApi(command.url, selectors, fetch, store)
                                               : FromStorage(command.storage, selectors, fetch, store);
  if (!fetched) return RefuseBacktest(fetched.error().ToString());

  std::unique_ptr<MessageCounter> counter;
  NobodyListens nobody;
  if (!command.notify_config.empty()) {
    auto made = MessageCounter::Make(configuration->alertmanager.options, from);
    if (!made) return RefuseBacktest("\n" + ToString(made.error()));
    counter = std::move(*made);
  }
  model::AlertSink& sink = counter ? static_cast<model::AlertSink&>(*counter) : nobody;
  const BacktestResult result = RunBacktest(configuration->groups, store, sink, from, to, [&](Timestamp at) {
    if (counter) counter->AdvanceTo(at);
  });
  for (const Error& error : result.errors) fmt::print(stderr, "{}\n", error.ToString());
  if (command.format == "json") {
    const auto counts = counter ? counter->Counts() : std::vector<MessageCount>();
    fmt::print("{}", BacktestJson(result, counter ? &counts : nullptr));
  } else {
    fmt::print("{}\n{}\n{} evaluations over {} samples from {} to {}\n", BacktestTable(result),
               BacktestTimeline(result, from, to), result.evaluations, *fetched, FormatRfc3339(from),
               FormatRfc3339(to));
    if (counter) PrintMessages(*counter);
  }
  return result.errors.empty() ? 0 : 1;
}

}  // namespace tocsin::app
