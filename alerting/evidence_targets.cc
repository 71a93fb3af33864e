#include "alerting/evidence_targets.h"

#include <algorithm>
#include <optional>

#include "alerting/collect/transport.h"

namespace tocsin::app {
namespace {

/// The page beside the metrics: "http://host:port/evidence".
std::string PageOf(const std::string& scrape_url) {
  const size_t scheme = scrape_url.find("://");
  const size_t start = scheme == std::string::npos ? 0 : scheme + 3;
  return scrape_url.substr(0, std::min(scrape_url.find_first_of("/?", start), scrape_url.size())) +
         "/evidence";
}

/// nullopt when a credential's file can't be read: then the scrapes say so.
std::optional<http::ClientRequest> RequestFor(const std::string& url,
                                              const collect::TransportOptions& transport) {
  Result<http::ClientRequest> request =
      collect::MakeRequest(transport, PageOf(url), http::ClientRequest{}.timeout);
  if (!request) return std::nullopt;
  return *std::move(request);
}

bool Same(const model::Alert& alert, const collect::Target& target, std::string_view label) {
  const std::string_view named = alert.labels.Get(label);
  return !named.empty() && named == target.labels.Get(label);
}

}  // namespace

void EvidenceTargets::Apply(const collect::ScrapeOptions& options) {
  std::map<std::string, collect::TransportOptions> transports;
  for (const collect::JobOptions& job : options.jobs) transports[job.job_name] = job.transport;
  const std::lock_guard lock(mutex_);
  transports_ = std::move(transports);
}

std::vector<http::ClientRequest> EvidenceTargets::For(const model::Alert& alert) const {
  const std::vector<collect::JobSnapshot> jobs = snapshot_();
  std::vector<std::pair<const collect::JobSnapshot*, const collect::Target*>> own;
  std::vector<std::pair<const collect::JobSnapshot*, const collect::Target*>> all;
  for (const collect::JobSnapshot& job : jobs) {
    for (const collect::TargetSnapshot& active : job.active) {
      if (active.status.health == collect::Health::kDown) continue;
      all.emplace_back(&job, &active.target);
      if (Same(alert, active.target, "job") && Same(alert, active.target, "instance"))
        own.emplace_back(&job, &active.target);
    }
  }
  std::vector<http::ClientRequest> requests;
  const std::lock_guard lock(mutex_);
  for (const auto& [job, target] : own.empty() ? all : own) {
    const auto transport = transports_.find(job->job_name);
    if (transport == transports_.end()) continue;
    if (auto request = RequestFor(target->url, transport->second)) requests.push_back(*std::move(request));
  }
  return requests;
}

}  // namespace tocsin::app
