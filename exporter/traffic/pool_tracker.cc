#include "exporter/traffic/pool_tracker.h"

#include <algorithm>

#include "exporter/parse/values.h"

namespace tocsin::traffic {

namespace {

using parse::Field;

constexpr int kStreakThatConvinces = 3;
/// Pairs of more pools than these are opened only when they occur: they grow with the square.
constexpr size_t kPoolsWithZeroPairs = 8;
/// How much later than a change a slow answer that began before it may still be logged; a log whose clock
/// was set back can't hide a change for longer.
constexpr Duration kLatestStraggler{60'000};

std::optional<Timestamp> LoggedAt(const parse::LogRecord& record) {
  const std::string_view msec = record.Value(Field::kMsec);
  return parse::ParseLogTime(msec.empty() ? record.Value(Field::kTime) : msec);
}

}  // namespace

void PoolTracker::AddPool(NameTable::Id id) {
  if (pools_.size() < kPoolsWithZeroPairs) {
    for (const Pool& other : pools_) {
      if (!budget_.Take(2)) break;
      OpenFailovers(other.id, id);
      OpenFailovers(id, other.id);
    }
  }
  pools_.push_back({id, exposition::RenderLabels({{"pool", names_.Name(id)}}), {}, {}});
}

void PoolTracker::Observe(const Answer& answer, const parse::LogRecord& record) {
  if (!answer.succeeded || answer.pool == NameTable::kAbsent || answer.pool == NameTable::kOther) return;
  if (!active_) {
    active_ = answer.pool;
    return;
  }
  if (answer.pool != *active_ && BeganBeforeTheChange(record)) return;
  streak_ = answer.pool == streak_pool_ ? streak_ + 1 : 1;
  streak_pool_ = answer.pool;
  if (answer.pool == *active_) return;
  if (answer.is_direct || streak_ >= kStreakThatConvinces) SwitchTo(answer.pool, record);
}

bool PoolTracker::BeganBeforeTheChange(const parse::LogRecord& record) const {
  if (!changed_at_) return false;
  const std::optional<Timestamp> ended = LoggedAt(record);
  if (!ended) return false;
  const int64_t micros = parse::ParseMicros(record.Value(Field::kRequestTime)).value_or(0);
  const Timestamp began = *ended - Duration(micros / 1000);
  return began < *changed_at_ && *ended >= *changed_at_ - Duration{1000} &&
         *ended - *changed_at_ < kLatestStraggler;
}

void PoolTracker::SwitchTo(NameTable::Id pool, const parse::LogRecord& record) {
  ++FailoversOf(*active_, pool).count;
  active_ = pool;
  changed_at_ = LoggedAt(record);
}

PoolTracker::Failovers& PoolTracker::FailoversOf(NameTable::Id from, NameTable::Id to) {
  const auto found = std::find_if(failovers_.begin(), failovers_.end(),
                                  [&](const Failovers& pair) { return pair.from == from && pair.to == to; });
  if (found != failovers_.end()) return *found;
  if (from == NameTable::kOther) {
    budget_.TakeAnyway(1);
  } else if (!budget_.Take(1)) {
    budget_.Folded();
    return FailoversOf(NameTable::kOther, NameTable::kOther);
  }
  return OpenFailovers(from, to);
}

PoolTracker::Failovers& PoolTracker::OpenFailovers(NameTable::Id from, NameTable::Id to) {
  failovers_.push_back(
      {from, to, exposition::RenderLabels({{"from", names_.Name(from)}, {"to", names_.Name(to)}}), 0});
  return failovers_.back();
}

void PoolTracker::ObserveRelease(NameTable::Id id, std::string_view release) {
  if (release.empty()) return;
  const auto pool = std::find_if(pools_.begin(), pools_.end(), [&](const Pool& p) { return p.id == id; });
  if (pool == pools_.end() || pool->release == release) return;
  if (pool->release.empty() && !budget_.Take(1)) {
    budget_.Folded();
    return;
  }
  pool->release = release;
  pool->release_labels =
      exposition::RenderLabels({{"pool", names_.Name(id)}, {"release", ToLabelValue(release)}});
}

void PoolTracker::Write(exposition::Writer& writer) const {
  using exposition::Type;
  if (pools_.empty()) return;
  writer.Family("nginx_pool_active", "1 for the pool that serves, 0 for the others.", Type::kGauge);
  for (const Pool& pool : pools_) writer.Sample(pool.labels, uint64_t{active_ == pool.id ? 1U : 0U});

  if (!failovers_.empty()) {
    writer.Family("nginx_pool_failovers_total", "Times that the serving pool changed.", Type::kCounter);
    for (const Failovers& pair : failovers_) writer.Sample(pair.labels, pair.count);
  }
  if (std::none_of(pools_.begin(), pools_.end(), [](const Pool& pool) { return !pool.release.empty(); }))
    return;
  writer.Family("nginx_pool_release_info", "The release that a pool's last answer came from.", Type::kInfo);
  for (const Pool& pool : pools_) {
    if (!pool.release.empty()) writer.Sample(pool.release_labels, uint64_t{1});
  }
}

}  // namespace tocsin::traffic
