#include "exporter/certificates/collector.h"

#include <algorithm>
#include <utility>

namespace tocsin::certificates {

Result<std::shared_ptr<Collector>> Collector::Make(const Options& options, Look look,
                                                   async::Executor& executor, Logger log) {
  std::vector<Site> sites;
  for (const std::string& text : options.addresses) {
    auto address = ParseAddress(text);
    if (!address) return Fail(address.error().WithContext("--nginx.certificate"));
    std::string labels = exposition::RenderLabels(
        {{"address", address->HostAndPort()}, {"server_name", address->server_name}});
    if (std::ranges::any_of(sites, [&](const Site& other) { return other.labels == labels; })) {
      return Fail(ErrorCode::kInvalidArgument, "--nginx.certificate names " + text + " twice");
    }
    sites.push_back({*std::move(address), std::move(labels), std::nullopt, std::nullopt});
  }
  return std::shared_ptr<Collector>(
      new Collector(std::move(sites), options.interval, std::move(look), executor, std::move(log)));
}

Collector::Collector(std::vector<Site> sites, Duration interval, Look look, async::Executor& executor,
                     Logger log)
    : interval_(interval),
      look_(std::move(look)),
      strand_(executor.MakeStrand()),
      log_(std::move(log)),
      sites_(std::move(sites)) {}

void Collector::Start() {
  if (sites_.empty()) return;
  std::weak_ptr<Collector> weak = weak_from_this();
  strand_->Post([weak] {
    if (const auto self = weak.lock()) LookAround(self);
  });
}

void Collector::LookAround(const std::shared_ptr<Collector>& self) {
  std::weak_ptr<Collector> weak = self;
  for (size_t i = 0; i < self->sites_.size(); ++i) {
    self->look_(self->sites_[i].address, [weak, i](Result<Served> outcome) {
      if (const auto still_there = weak.lock()) still_there->Take(i, std::move(outcome));
    });
  }
  self->timer_ = self->strand_->After(self->interval_, [weak] {
    if (const auto still_there = weak.lock()) LookAround(still_there);
  });
}

void Collector::Take(size_t site, Result<Served> outcome) {
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    Site& taken = sites_[site];
    news = taken.reached != outcome.has_value();
    taken.reached = outcome.has_value();
    if (outcome) taken.served = *outcome;
  }
  if (!news) return;
  const std::string address = sites_[site].address.HostAndPort();
  if (outcome) {
    log_.Info("Certificate read", {{"address", address}, {"serial", outcome->serial}});
  } else {
    log_.Warn("Can't read the certificate", {{"address", address}, {"err", outcome.error()}});
  }
}

void Collector::Write(exposition::Writer& writer) const {
  const std::lock_guard lock(mutex_);
  if (!std::ranges::any_of(sites_, [](const Site& site) { return site.reached.has_value(); })) return;
  writer.Family("nginx_certificate_probe_success", "1 when the last handshake showed a certificate.",
                exposition::Type::kGauge);
  for (const Site& site : sites_) {
    if (site.reached) writer.Sample(site.labels, uint64_t{*site.reached ? 1U : 0U});
  }
  if (!std::ranges::any_of(sites_, [](const Site& site) { return site.served.has_value(); })) return;
  constexpr double kMillisPerSecond = 1000;
  writer.Family("nginx_certificate_not_after_timestamp_seconds",
                "When the first of the certificates that the server shows runs out.",
                exposition::Type::kGauge);
  for (const Site& site : sites_) {
    if (site.served) {
      writer.Sample(site.labels, static_cast<double>(site.served->not_after.millis()) / kMillisPerSecond);
    }
  }
  writer.Family("nginx_certificate_info", "Always 1; the certificate that the server shows.",
                exposition::Type::kInfo);
  for (const Site& site : sites_) {
    if (!site.served) continue;
    writer.Sample(exposition::WithLabel(exposition::WithLabel(site.labels, "issuer", site.served->issuer),
                                        "serial", site.served->serial),
                  uint64_t{1});
  }
}

}  // namespace tocsin::certificates
