#include "backend/metrics.h"

#include <cctype>

namespace tocsin::backend {
namespace {

const prometheus::Histogram::BucketBoundaries kBuckets{0.001, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                       0.25,  0.5,   1,    2.5,   5,    10};

}  // namespace

std::string MetricPrefix(std::string_view service) {
  if (service.empty()) return "";
  std::string prefix;
  if (std::isdigit(static_cast<unsigned char>(service.front())) != 0) prefix += '_';
  for (const char c : service) {
    prefix += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return prefix + '_';
}

Metrics::Metrics(std::string_view service, const std::string& pool, const std::string& release)
    : registry_(std::make_shared<prometheus::Registry>()),
      requests_(prometheus::BuildCounter()
                    .Name(MetricPrefix(service) + "http_requests_total")
                    .Help("Requests answered, by method, route and status.")
                    .Register(*registry_)),
      durations_(prometheus::BuildHistogram()
                     .Name(MetricPrefix(service) + "http_request_duration_seconds")
                     .Help("Time that it took to make an answer, by route.")
                     .Register(*registry_)),
      dependencies_(
          prometheus::BuildGauge()
              .Name(MetricPrefix(service) + "app_dependency_up")
              .Help("1 when the service that this one keeps its data in is there, 0 when it is away.")
              .Register(*registry_)) {
  prometheus::BuildGauge()
      .Name(MetricPrefix(service) + "app_info")
      .Help("Always 1; the pool that this process serves in and the release that it runs.")
      .Register(*registry_)
      .Add({{"pool", pool}, {"release", release}})
      .Set(1);
}

void Metrics::Count(const std::string& method, const std::string& path, int status,
                    std::chrono::duration<double> took) {
  requests_.Add({{"method", method}, {"path", path}, {"status", std::to_string(status)}}).Increment();
  durations_.Add({{"path", path}}, kBuckets).Observe(took.count());
}

void Metrics::SetDependency(const std::string& name, bool up) {
  dependencies_.Add({{"dependency", name}}).Set(up ? 1 : 0);
}

}  // namespace tocsin::backend
