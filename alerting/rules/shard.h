// A stable part of the groups, so that several engines share the rules of one datasource.
#pragma once

#include <cstdint>
#include <string_view>

#include "alerting/rules/rule_spec.h"
#include "base/error.h"

namespace tocsin::rules {

/// One of `count` parts; the whole by default.
struct Shard {
  uint64_t index = 1;  ///< from 1
  uint64_t count = 1;

  /// Of "2/3"; kInvalidArgument otherwise.
  static Result<Shard> Parse(std::string_view text);
  /// Each group is in exactly one part, told by its file's path as configured and its name alone: engines
  /// that are to share rules must name their files alike.
  bool Has(std::string_view file, std::string_view group) const;
};

/// Leaves out what belongs to other parts.
void Keep(const Shard& shard, GroupSpecs& groups);

}  // namespace tocsin::rules
