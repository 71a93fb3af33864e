// dns_sd_configs: targets that the DNS names by SRV, A, AAAA, MX or NS records.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "alerting/collect/discovery/polling_discoverer.h"
#include "base/dns/resolver.h"

namespace tocsin::collect {

struct DnsDiscoveryOptions {
  std::vector<std::string> names;
  dns::RecordType type = dns::RecordType::kSrv;
  uint16_t port = 0;  ///< of all but SRV, which bring their own
  Duration refresh_interval{30'000};

  friend bool operator==(const DnsDiscoveryOptions&, const DnsDiscoveryOptions&) = default;
};

/// What the records of a name become, with Prometheus' `__meta_dns_*` labels.
TargetGroup DnsTargets(const std::string& name, const DnsDiscoveryOptions& options,
                       const std::vector<dns::Record>& records);

/// A name that can't be asked for keeps its targets; a name that does not exist has none.
class DnsDiscoverer final : public PollingDiscoverer {
 public:
  /// The resolver must outlive the strand's last task.
  DnsDiscoverer(DnsDiscoveryOptions options, dns::Resolver& resolver, std::shared_ptr<async::Strand> strand,
                const Logger& log);

 private:
  void Ask() override;
  void Take(size_t index, Result<std::vector<dns::Record>> records);

  const DnsDiscoveryOptions options_;
  dns::Resolver& resolver_;
  const Logger log_;
  std::vector<TargetGroup> groups_;    // one a name
  std::vector<std::string> failures_;  // one a name, "" for none
  size_t open_ = 0;                    // questions under way
};

}  // namespace tocsin::collect
