// The values of an input series in promtool's notation: "1 2 3", "0+10x5", "1x3", "_", "_x4", "stale".
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tocsin::app {

/// One a step; none where the series has no sample. A stale marker is one by its bits.
using SeriesValues = std::vector<std::optional<double>>;

/// kInvalidArgument with the column in the text; kUnsupported for native histograms; kResourceExhausted for
/// more than a million values.
Result<SeriesValues> ParseSeriesValues(std::string_view text);

}  // namespace tocsin::app
