#include "alerting/rules/kept/codec.h"

#include "alerting/state/bytes.h"

namespace tocsin::rules {
namespace {

constexpr uint64_t kAlertVersion = 1;
// How many labels a selector's series shared, in one number: not asked, none, or that many and two.
constexpr uint64_t kNotAsked = 0;
constexpr uint64_t kNoSeries = 1;

uint64_t SharedNumber(const ActiveAlert& alert) {
  if (!alert.shared) return kNotAsked;
  return *alert.shared ? **alert.shared + 2 : kNoSeries;
}

/// The enumerator of the number; `last` for one that there is not.
template <typename Enum>
Enum EnumOf(uint64_t number, Enum last) {
  return number < static_cast<uint64_t>(last) ? static_cast<Enum>(number) : last;
}

}  // namespace

std::string EncodeAlert(const ActiveAlert& alert) {
  state::Encoder out;
  out.Number(kAlertVersion);
  out.Number(static_cast<uint64_t>(alert.state));
  out.Set(alert.labels);
  out.Set(alert.annotations);
  out.Set(alert.source);
  out.Real(alert.value);
  out.Time(alert.active_at);
  out.Time(alert.last_seen);
  out.MaybeTime(alert.fired_at);
  out.MaybeTime(alert.resolved_at);
  out.MaybeTime(alert.keep_firing_since);
  out.MaybeTime(alert.last_sent_at);
  out.Number(static_cast<uint64_t>(alert.end_reason));
  out.Number(static_cast<uint64_t>(alert.hold));
  out.Number(SharedNumber(alert));
  return out.Take();
}

Result<ActiveAlert> DecodeAlert(std::string_view bytes) {
  state::Decoder in(bytes);
  if (in.Number() != kAlertVersion)
    return Fail(ErrorCode::kInvalidArgument, "an alert of an unknown version");
  ActiveAlert alert;
  alert.state = EnumOf(in.Number(), AlertState::kFiring);
  alert.labels = in.Set();
  alert.annotations = in.Set();
  alert.source = in.Set();
  alert.value = in.Real();
  alert.active_at = in.Time();
  alert.last_seen = in.Time();
  alert.fired_at = in.MaybeTime();
  alert.resolved_at = in.MaybeTime();
  alert.keep_firing_since = in.MaybeTime();
  alert.last_sent_at = in.MaybeTime();
  alert.end_reason = EnumOf(in.Number(), model::EndReason::kVanished);
  alert.hold = EnumOf(in.Number(), ActiveAlert::Hold::kNoData);
  if (const uint64_t shared = in.Number(); shared != kNotAsked) {
    alert.shared.emplace();
    if (shared != kNoSeries) *alert.shared = static_cast<size_t>(shared - 2);
  }
  if (Status good = in.Finish(); !good) return Fail(good.error());
  if (alert.state == AlertState::kInactive && !alert.resolved_at) {
    return Fail(ErrorCode::kInvalidArgument, "an inactive alert that never ended");
  }
  return alert;
}

}  // namespace tocsin::rules
