// In what order the series of a selection stand by their labels.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "alerting/model/labels.h"

namespace tocsin::store {

/// Positions within `sets`, the least first. Series of one metric have most labels in common, and
/// comparing these again and again costs more than all else of a selection: what a run of series shares is
/// passed over once, and the first label in which they differ is compared by its first bytes.
std::vector<uint32_t> OrderByLabels(std::span<const model::Labels* const> sets);

}  // namespace tocsin::store
