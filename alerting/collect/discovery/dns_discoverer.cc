#include "alerting/collect/discovery/dns_discoverer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tocsin::collect {
namespace {

std::string HostPort(const std::string& host, uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

model::Labels DnsTarget(const dns::Record& record, const DnsDiscoveryOptions& options) {
  const std::string rooted = record.target + ".";  // Prometheus' labels keep the root's dot
  switch (options.type) {
    case dns::RecordType::kSrv:
      return {{"__address__", HostPort(record.target, record.port)},
              {"__meta_dns_srv_record_target", rooted},
              {"__meta_dns_srv_record_port", fmt::format("{}", record.port)}};
    case dns::RecordType::kMx:
      return {{"__address__", HostPort(record.target, options.port)},
              {"__meta_dns_mx_record_target", rooted}};
    case dns::RecordType::kNs:
      return {{"__address__", HostPort(record.target, options.port)},
              {"__meta_dns_ns_record_target", rooted}};
    case dns::RecordType::kA:
    case dns::RecordType::kAaaa:
      break;
  }
  return {{"__address__", HostPort(record.target, options.port)}};
}

}  // namespace

TargetGroup DnsTargets(const std::string& name, const DnsDiscoveryOptions& options,
                       const std::vector<dns::Record>& records) {
  TargetGroup group;
  group.source = name;
  group.labels = {{"__meta_dns_name", name}};
  for (const dns::Record& record : records) group.targets.push_back(DnsTarget(record, options));
  // The order of an answer changes from question to question and means nothing to a target.
  std::sort(group.targets.begin(), group.targets.end());
  return group;
}

DnsDiscoverer::DnsDiscoverer(DnsDiscoveryOptions options, dns::Resolver& resolver,
                             std::shared_ptr<async::Strand> strand, const Logger& log)
    : PollingDiscoverer(std::move(strand), options.refresh_interval, log),
      options_(std::move(options)),
      resolver_(resolver),
      log_(log.With({{"component", "discovery"}})),
      groups_(options_.names.size()),
      failures_(options_.names.size()) {}

void DnsDiscoverer::Ask() {
  open_ = options_.names.size();
  for (size_t i = 0; i < options_.names.size(); ++i) {
    resolver_.Resolve(
        options_.names[i], options_.type,
        Later([this, i](Result<std::vector<dns::Record>> records) { Take(i, std::move(records)); }));
  }
}

void DnsDiscoverer::Take(size_t index, Result<std::vector<dns::Record>> records) {
  const std::string& name = options_.names[index];
  std::string failure;
  if (records) {
    groups_[index] = DnsTargets(name, options_, *records);
  } else {
    failure = records.error().ToString();
    if (failure != failures_[index]) {
      log_.Error("Asking the DNS failed; the targets known before stay", {{"name", name}, {"err", failure}});
    }
  }
  failures_[index] = std::move(failure);
  if (--open_ == 0) Answer(groups_);
}

}  // namespace tocsin::collect
