// What the demo service says about itself, by the names that system C's dashboards read.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace tocsin::backend {

/// "service1" gives "service1_", "order-api" gives "order_api_", "" gives "": what metric names begin with.
std::string MetricPrefix(std::string_view service);

/// <prefix>http_requests_total{method,path,status}, <prefix>http_request_duration_seconds{path},
/// <prefix>app_info{pool,release} and <prefix>app_dependency_up{dependency}. Thread safe.
class Metrics {
 public:
  Metrics(std::string_view service, const std::string& pool, const std::string& release);

  /// `method` and `path` come from closed sets: they are labels.
  void Count(const std::string& method, const std::string& path, int status,
             std::chrono::duration<double> took);
  void SetDependency(const std::string& name, bool up);

  const std::shared_ptr<prometheus::Registry>& registry() const { return registry_; }

 private:
  std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& durations_;
  prometheus::Family<prometheus::Gauge>& dependencies_;
};

}  // namespace tocsin::backend
