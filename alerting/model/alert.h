// An alert as it leaves the rules and enters the notifications.
#pragma once

#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "alerting/model/labels.h"
#include "base/time.h"

namespace tocsin::model {

/// Why an alert of ours ended.
enum class EndReason {
  kNone,      ///< it did not, or nobody said
  kBelow,     ///< its condition no longer holds
  kVanished,  ///< no selector of its expression returns a sample under its labels
};
/// "", "below", "vanished".
std::string_view EndReasonName(EndReason reason);

/// Identity is the label set. Immutable once sent.
struct Alert {
  Labels labels;
  Labels annotations;  ///< values may be long text; names as in labels
  Timestamp starts_at;
  /// When it ends unless it is sent again before; in the past for a resolved one.
  Timestamp ends_at;
  Timestamp updated_at;       ///< when the rules last saw it
  bool timeout = false;       ///< nobody named an end: ends_at is what resolve_timeout makes of that
  std::string generator_url;  ///< the expression's graph
  /// The expression's, at the last evaluation that had one; NaN when nobody said.
  double value = std::numeric_limits<double>::quiet_NaN();
  EndReason end_reason = EndReason::kNone;  ///< of a resolved one

  bool ResolvedAt(Timestamp now) const { return ends_at <= now; }
};

using AlertPtr = std::shared_ptr<const Alert>;

/// Where rules send alerts: the notification pipeline, a real Alertmanager, or a test's list.
/// Thread safe; returns at once (work is queued, never done in the call).
class AlertSink {
 public:
  virtual ~AlertSink() = default;
  /// Firing and resolved alerts of one evaluation; the sink merges them by label set.
  virtual void Receive(std::span<const AlertPtr> alerts) = 0;
};

}  // namespace tocsin::model
