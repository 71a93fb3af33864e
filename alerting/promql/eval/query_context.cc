#include "alerting/promql/eval/query_context.h"

#include <algorithm>

namespace tocsin::promql {

Status QueryContext::CheckAlive() const {
  if (stop.stop_requested()) {
    return Fail(ErrorCode::kCanceled, "query was canceled in expression evaluation");
  }
  if (clock.Now() > deadline) return Fail(ErrorCode::kTimeout, "query timed out in expression evaluation");
  return {};
}

Status QueryContext::CountSamples(size_t more) {
  samples += more;
  return NotePeak(samples);
}

Status QueryContext::NotePeak(size_t at_a_time) {
  peak_samples = std::max(peak_samples, at_a_time);
  if (at_a_time <= limits.max_samples) return {};
  return Fail(ErrorCode::kResourceExhausted,
              "query processing would load too many samples into memory in query execution");
}

}  // namespace tocsin::promql
