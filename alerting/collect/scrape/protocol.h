// What a scrape asks a target for, and how names that are more than letters may be written: scrape_protocols,
// metric_name_escaping_scheme.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::collect {

enum class ScrapeProtocol { kOpenMetrics100, kOpenMetrics001, kText100, kText004 };

/// In the format's words ("OpenMetricsText1.0.0"); nullopt for others.
std::optional<ScrapeProtocol> ParseScrapeProtocol(std::string_view text);

/// Prometheus' order where none is configured.
inline const std::vector<ScrapeProtocol> kDefaultProtocols = {
    ScrapeProtocol::kOpenMetrics100, ScrapeProtocol::kOpenMetrics001, ScrapeProtocol::kText100,
    ScrapeProtocol::kText004};

/// The Accept header that Prometheus 3.5 sends: the first protocol is wanted most. `escaping` is the scheme's
/// name in the format: "allow-utf-8", "underscores", "dots", "values".
std::string AcceptHeader(const std::vector<ScrapeProtocol>& protocols, std::string_view escaping);

}  // namespace tocsin::collect
