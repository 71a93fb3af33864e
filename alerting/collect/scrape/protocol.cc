#include "alerting/collect/scrape/protocol.h"

#include <fmt/format.h>

namespace tocsin::collect {
namespace {

struct ProtocolName {
  ScrapeProtocol protocol;
  std::string_view name;
  std::string_view media_type;
  bool escapes;  ///< names may need escaping: it asks for a scheme
};
constexpr ProtocolName kProtocols[] = {
    {ScrapeProtocol::kOpenMetrics100, "OpenMetricsText1.0.0", "application/openmetrics-text;version=1.0.0",
     true},
    {ScrapeProtocol::kOpenMetrics001, "OpenMetricsText0.0.1", "application/openmetrics-text;version=0.0.1",
     false},
    {ScrapeProtocol::kText100, "PrometheusText1.0.0", "text/plain;version=1.0.0", true},
    {ScrapeProtocol::kText004, "PrometheusText0.0.4", "text/plain;version=0.0.4", false}};

}  // namespace

std::optional<ScrapeProtocol> ParseScrapeProtocol(std::string_view text) {
  for (const ProtocolName& known : kProtocols) {
    if (known.name == text) return known.protocol;
  }
  return std::nullopt;
}

std::string AcceptHeader(const std::vector<ScrapeProtocol>& protocols, std::string_view escaping) {
  int weight = 6;  // one more than Prometheus knows protocols
  std::string header;
  for (const ScrapeProtocol protocol : protocols) {
    for (const ProtocolName& known : kProtocols) {
      if (known.protocol != protocol) continue;
      header += known.media_type;
      if (known.escapes) header.append(";escaping=").append(escaping);
      header += fmt::format(";q=0.{},", weight--);
    }
  }
  return header + fmt::format("*/*;q=0.{}", weight);
}

}  // namespace tocsin::collect
