#include "base/http/health_check.h"

#include <cstdio>

#include <fmt/format.h>

#include "base/http/client.h"

namespace tocsin::http {
namespace {

constexpr Duration kTimeout{3000};
constexpr size_t kMostBytes = size_t{1} << 20;

}  // namespace

Status CheckHealth(const std::string& url) {
  async::Pool pool(1);
  const auto client = MakeCurlClient(pool, "tocsin-health-check");
  ClientRequest request;
  request.url = url;
  request.timeout = kTimeout;
  request.max_response_bytes = kMostBytes;
  const auto response = client->SendAndWait(std::move(request));
  pool.Stop();
  if (!response) return Fail(response.error());
  if (response->status / 100 != 2)
    return Fail(ErrorCode::kUnavailable, fmt::format("{} answered {}", RedactUrl(url), response->status));
  return {};
}

int RunHealthCheck(const std::string& url) {
  const Status well = CheckHealth(url);
  if (well) return 0;
  fmt::print(stderr, "unhealthy: {}\n", well.error().message());
  return 1;
}

}  // namespace tocsin::http
