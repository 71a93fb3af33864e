// A store gives its series all together or one after another: the same ones.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "alerting/store/store.h"

namespace tocsin::store {

/// What Select() gives, once ForEach() has shown the same.
inline Result<std::vector<model::Series>> SelectBoth(const Store& store, const model::Matchers& matchers,
                                                     model::TimeRange range) {
  auto found = store.Select(matchers, range, {});
  if (!found) return found;
  size_t shown = 0;
  const Status done = store.ForEach(matchers, range, {}, [&](const model::SeriesView& view) -> Status {
    if (shown == found->size()) return Fail(ErrorCode::kInternal, "one more is shown");
    const model::Series& series = (*found)[shown++];
    EXPECT_EQ(view.labels, series.labels);
    EXPECT_EQ(std::vector(view.timestamps.begin(), view.timestamps.end()),
              std::vector(series.timestamps.begin(), series.timestamps.end()));
    EXPECT_EQ(view.values.size(), series.values.size());
    for (size_t i = 0; i < std::min(view.values.size(), series.values.size()); ++i) {
      EXPECT_EQ(std::bit_cast<uint64_t>(view.values[i]), std::bit_cast<uint64_t>(series.values[i]));
    }
    return {};
  });
  EXPECT_TRUE(done) << done.error().ToString();
  EXPECT_EQ(shown, found->size());
  return found;
}

}  // namespace tocsin::store
