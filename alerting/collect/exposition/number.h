// Sample values as the formats write them, which is as Go reads them.
#pragma once

#include <optional>
#include <string_view>

namespace tocsin::collect {

/// Decimal floats, "Inf", "+inf", "-Infinity", "NaN" in any case; no hex, no underscores. Every NaN becomes
/// model::NormalNan(), so that a scrape can't write a stale marker. nullopt when it is no number or
/// overflows.
std::optional<double> ParseSampleValue(std::string_view text);

/// Reads a number of the plainest kind (digits, perhaps a sign and a point, at most 15 of them: "-12.5") from
/// `begin`, and gives where it stops; `begin` when it is none, or one that takes more care.
const char* TakePlainNumber(const char* begin, const char* end, double& value);

}  // namespace tocsin::collect
