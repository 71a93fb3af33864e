#include "alerting/maintenance.h"

#include "alerting/model/matcher_syntax.h"

namespace tocsin::app {
namespace {

constexpr const char* kComment = "MAINTENANCE_MODE is on";
/// A silence has to end; this one is ended by the variable.
constexpr Duration kForYears{std::chrono::hours(24 * 365 * 10)};

}  // namespace

Status ApplyMaintenanceMode(notify::Silences& silences, bool on, const Clock& clock) {
  const Timestamp now = clock.Now();
  for (const notify::SilencePtr& silence : silences.All()) {
    if (silence->created_by != kMaintenanceAuthor || silence->comment != kComment) continue;
    if (silence->StateAt(now) == notify::SilenceState::kExpired) continue;
    if (on) return {};
    if (Status ended = silences.Expire(silence->id); !ended) return ended;
  }
  if (!on) return {};
  auto matchers = model::ParseMatchers(kEveryAlert);
  if (!matchers) return Fail(matchers.error());
  notify::Silence silence;
  silence.matchers = *std::move(matchers);
  silence.starts_at = now;
  silence.ends_at = now + kForYears;
  silence.created_by = kMaintenanceAuthor;
  silence.comment = kComment;
  auto made = silences.Set(std::move(silence));
  return made ? Status() : Status(Fail(made.error()));
}

}  // namespace tocsin::app
