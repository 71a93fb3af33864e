#include "alerting/remote/query_client.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "alerting/remote/answer.h"

namespace tocsin::remote {
namespace {

constexpr Duration kFirstPause{100};

void AddTo(std::string& form, std::string_view name, std::string_view value) {
  if (!form.empty()) form += '&';
  form.append(name).append("=").append(http::UrlEncode(value));
}

/// Milliseconds as the API's seconds, exactly.
std::string SecondsText(int64_t millis) {
  const bool negative = millis < 0;
  const uint64_t magnitude = negative ? 0 - static_cast<uint64_t>(millis) : static_cast<uint64_t>(millis);
  return fmt::format("{}{}.{:03}", negative ? "-" : "", magnitude / 1000, magnitude % 1000);
}

/// False when `stop` came first.
bool Pause(Duration pause, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, pause, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace

class QueryClient::Query final : public model::PreparedQuery {
 public:
  Query(const QueryClient& client, std::shared_ptr<const model::PreparedQuery> parsed,
        std::string_view expression, const model::QueryOptions& options)
      : client_(client), parsed_(std::move(parsed)) {
    AddTo(form_, "query", expression);
    if (options.timeout) AddTo(form_, "timeout", SecondsText(options.timeout->count()));
    if (options.lookback) AddTo(form_, "lookback_delta", SecondsText(options.lookback->count()));
  }

  const std::string& text() const override { return parsed_->text(); }
  model::ValueType type() const override { return parsed_->type(); }
  std::vector<std::string> Selectors() const override { return parsed_->Selectors(); }

  Result<model::QueryResult> Instant(Timestamp at, std::stop_token stop) const override {
    std::string form = form_;
    AddTo(form, "time", SecondsText(at.millis()));
    return client_.Ask("/api/v1/query", form, stop);
  }

  Result<model::QueryResult> Range(Timestamp start, Timestamp end, Duration step,
                                   std::stop_token stop) const override {
    std::string form = form_;
    AddTo(form, "start", SecondsText(start.millis()));
    AddTo(form, "end", SecondsText(end.millis()));
    AddTo(form, "step", SecondsText(step.count()));
    return client_.Ask("/api/v1/query_range", form, stop);
  }

 private:
  const QueryClient& client_;
  const std::shared_ptr<const model::PreparedQuery> parsed_;
  std::string form_;
};

QueryClient::QueryClient(EndpointOptions options, const model::QueryEngine& syntax)
    : options_(std::move(options)), syntax_(syntax), client_(http::MakeCurlClient(pool_, "tocsin")) {}

QueryClient::~QueryClient() {
  pool_.Stop();
  client_.reset();
}

Result<std::shared_ptr<const model::PreparedQuery>> QueryClient::Prepare(std::string_view expression) const {
  return PrepareWith(expression, {});
}

Result<std::shared_ptr<const model::PreparedQuery>> QueryClient::PrepareWith(
    std::string_view expression, const model::QueryOptions& options) const {
  auto parsed = syntax_.Prepare(expression);
  if (!parsed) return parsed;
  return std::make_shared<const Query>(*this, *std::move(parsed), expression, options);
}

Result<http::ClientResponse> QueryClient::Attempt(std::string_view path, const std::string& form,
                                                  const std::stop_token& stop) const {
  Result<http::ClientRequest> request = MakeRequest(options_, path);
  if (!request) return Fail(request.error());
  request->method = "POST";
  request->headers.Set("Content-Type", "application/x-www-form-urlencoded");
  request->accept_gzip = true;
  request->body = form;
  ++requests_;
  return Exchange(*client_, *std::move(request), stop);
}

Result<model::QueryResult> QueryClient::Ask(std::string_view path, const std::string& form,
                                            const std::stop_token& stop) const {
  Duration pause = kFirstPause;
  for (int left = options_.retries;; --left, pause *= 2) {
    const Result<http::ClientResponse> answer = Attempt(path, form, stop);
    Result<model::QueryResult> result =
        answer ? ReadAnswer(answer->status, answer->body) : Result<model::QueryResult>(Fail(answer.error()));
    if (result) return result;
    ++requests_failed_;
    if (left <= 0 || !MayRetry(answer) || !Pause(pause, stop)) return result;
  }
}

}  // namespace tocsin::remote
