// A QueryEngine that asks another: any server with Prometheus' API (Prometheus, Thanos, Mimir,
// VictoriaMetrics).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include "alerting/model/query_engine.h"
#include "alerting/remote/endpoint.h"
#include "base/async/pool.h"
#include "base/http/client.h"

namespace tocsin::remote {

/// Counters since the start.
struct QueryClientStats {
  uint64_t requests = 0;         ///< attempts, those repeated included
  uint64_t requests_failed = 0;  ///< attempts that gave no answer, or an error
};

/// Thread safe; a question blocks its thread. Expressions are read by our own parser first, so that their
/// type, their normal form and the place of a fault are known without the network; what only the other
/// server's language has is refused there.
///
/// Questions are reads, so what fails because the server is away or can't now is asked again, a little later
/// each time. Its transfers have a thread of their own, as all threads of the program's pool may be waiting
/// for them.
class QueryClient final : public model::QueryEngine {
 public:
  /// `syntax` prepares what is asked, and outlives it.
  QueryClient(EndpointOptions options, const model::QueryEngine& syntax);
  ~QueryClient() override;
  QueryClient(const QueryClient&) = delete;
  QueryClient& operator=(const QueryClient&) = delete;

  Result<std::shared_ptr<const model::PreparedQuery>> Prepare(std::string_view expression) const override;
  Result<std::shared_ptr<const model::PreparedQuery>> PrepareWith(
      std::string_view expression, const model::QueryOptions& options) const override;

  QueryClientStats stats() const { return {requests_, requests_failed_}; }

 private:
  class Query;
  Result<model::QueryResult> Ask(std::string_view path, const std::string& form,
                                 const std::stop_token& stop) const;
  Result<http::ClientResponse> Attempt(std::string_view path, const std::string& form,
                                       const std::stop_token& stop) const;

  const EndpointOptions options_;
  const model::QueryEngine& syntax_;
  mutable std::atomic<uint64_t> requests_{0};
  mutable std::atomic<uint64_t> requests_failed_{0};
  async::Pool pool_{1};
  std::unique_ptr<http::Client> client_;
};

}  // namespace tocsin::remote
