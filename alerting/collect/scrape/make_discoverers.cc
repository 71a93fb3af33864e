#include "alerting/collect/scrape/make_discoverers.h"

namespace tocsin::collect {

std::vector<std::unique_ptr<Discoverer>> MakeDiscoverers(const JobOptions& options,
                                                         const std::shared_ptr<async::Strand>& strand,
                                                         http::Client& client, dns::Resolver& resolver,
                                                         const Logger& log) {
  std::vector<std::unique_ptr<Discoverer>> made;
  made.reserve(options.file_discovery.size() + options.http_discovery.size() + options.dns_discovery.size() +
               options.docker_discovery.size());
  for (const auto& one : options.file_discovery) {
    made.push_back(std::make_unique<FileDiscoverer>(one, strand, log));
  }
  for (const auto& one : options.http_discovery) {
    made.push_back(std::make_unique<HttpDiscoverer>(one, client, strand, log));
  }
  for (const auto& one : options.dns_discovery) {
    made.push_back(std::make_unique<DnsDiscoverer>(one, resolver, strand, log));
  }
  for (const auto& one : options.docker_discovery) {
    made.push_back(std::make_unique<DockerDiscoverer>(one, client, strand, log));
  }
  return made;
}

bool SameDiscoveries(const JobOptions& a, const JobOptions& b) {
  return a.file_discovery == b.file_discovery && a.http_discovery == b.http_discovery &&
         a.dns_discovery == b.dns_discovery && a.docker_discovery == b.docker_discovery;
}

}  // namespace tocsin::collect
