// From a configuration's *_sd_configs to what finds the targets.
#pragma once

#include <memory>
#include <vector>

#include "alerting/collect/discovery/discoverer.h"
#include "alerting/collect/scrape/options.h"
#include "base/async/strand.h"
#include "base/dns/resolver.h"
#include "base/http/client.h"
#include "base/log.h"

namespace tocsin::collect {

/// One for each configured discovery, by kind; static groups need none. They live on `strand`; client and
/// resolver must outlive its last task.
std::vector<std::unique_ptr<Discoverer>> MakeDiscoverers(const JobOptions& options,
                                                         const std::shared_ptr<async::Strand>& strand,
                                                         http::Client& client, dns::Resolver& resolver,
                                                         const Logger& log);

/// True when both find the same targets, static groups apart.
bool SameDiscoveries(const JobOptions& a, const JobOptions& b);

}  // namespace tocsin::collect
