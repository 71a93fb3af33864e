#include "exporter/traffic/pool_tracker.h"

#include <algorithm>
#include <cmath>

#include "exporter/parse/scan.h"
#include "exporter/parse/values.h"

namespace tocsin::traffic {

namespace {

using parse::Field;

/// Pairs of more pools than these are opened only when they occur: they grow with the square.
constexpr size_t kPoolsWithZeroPairs = 8;
/// How much later than a change a slow answer that began before it may still be logged; a log whose clock
/// was set back can't hide a change for longer.
constexpr Duration kLatestStraggler{60'000};

struct Conviction {
  double chance;
  int fewest;
  int most;  ///< so that a pool which has come to serve nearly all does become the active one
};
constexpr Conviction kWhileFailing{1e-6, 3, 20};
constexpr Conviction kUnprovoked{1e-9, 5, 60};
/// No pool is taken to have a smaller share than this: in so few answers it can't be told from none.
constexpr double kLeastShare = 0.01;

std::optional<Timestamp> LoggedAt(const parse::LogRecord& record) {
  const std::string_view msec = record.Value(Field::kMsec);
  return parse::ParseLogTime(msec.empty() ? record.Value(Field::kTime) : msec);
}

Duration TookOf(const parse::LogRecord& record) {
  return Duration(parse::ParseMicros(record.Value(Field::kRequestTime)).value_or(0) / 1000);
}

void SaveTime(checkpoint::Writer& out, const std::optional<Timestamp>& time) {
  out.Bool(time.has_value());
  if (time) out.SignedInt(time->millis());
}

std::optional<Timestamp> RestoreTime(checkpoint::Reader& in) {
  if (!in.Bool()) return std::nullopt;
  return Timestamp::FromMillis(in.SignedInt());
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
  pools_.push_back({id, exposition::RenderLabels({{"pool", names_.Name(id)}}), {}, {}, 0});
}

PoolTracker::Pool* PoolTracker::Find(NameTable::Id id) {
  const auto pool = std::find_if(pools_.begin(), pools_.end(), [&](const Pool& p) { return p.id == id; });
  return pool == pools_.end() ? nullptr : &*pool;
}

bool PoolTracker::Observe(const Answer& answer, const parse::LogRecord& record) {
  if (answer.active_failed && active_ && !failing_ && !BeganBeforeTheChange(record)) {
    failing_ = true;
    failed_at_.reset();
    if (!record.Value(Field::kMsec).empty()) failed_at_ = LoggedAt(record);
  }
  if (!answer.succeeded || answer.pool == NameTable::kAbsent || answer.pool == NameTable::kOther)
    return false;
  if (!active_) active_ = answer.pool;
  if (answer.pool == *active_) {
    if (failing_ && BeganBeforeTheFailure(record)) return false;
    failing_ = false;
    CountAnswer(true);
    if (run_ != 0) EndRun();
    return false;
  }
  if (BeganBeforeTheChange(record)) return false;
  Pool* pool = Find(answer.pool);
  if (pool == nullptr) return false;
  CountAnswer(false);
  ++pool->run;
  ++run_;
  if (run_ < RunThatConvinces()) return false;
  const auto most = std::max_element(pools_.begin(), pools_.end(),
                                     [](const Pool& a, const Pool& b) { return a.run < b.run; });
  SwitchTo(most->run > pool->run ? most->id : pool->id, record);
  return true;
}

void PoolTracker::BeginBlock() {
  answers_ = {0, answers_.now};
  active_answers_ = {0, active_answers_.now};
}

void PoolTracker::EndRun() {
  run_ = 0;
  for (Pool& pool : pools_) pool.run = 0;
}

/// The run itself is no evidence of how traffic was shared before it.
int PoolTracker::RunThatConvinces() const {
  const Conviction& conviction = failing_ ? kWhileFailing : kUnprovoked;
  if (run_ < conviction.fewest) return conviction.fewest;
  const double answers = std::max(static_cast<double>(answers_.sum()) - run_, 0.0);
  const double of_others = std::max(answers - static_cast<double>(active_answers_.sum()), 0.0);
  // Where nothing has failed, little history is no proof that the others had no share: one answer in ten is
  // lent to them.
  const double share = failing_ ? of_others / std::max(answers, 1.0) : (of_others + 1) / (answers + 10);
  const double run = std::log(conviction.chance) / std::log(std::clamp(share, kLeastShare, 0.99));
  return std::clamp(static_cast<int>(std::ceil(run)), conviction.fewest, conviction.most);
}

bool PoolTracker::BeganBeforeTheChange(const parse::LogRecord& record) const {
  if (!changed_at_) return false;
  const std::optional<Timestamp> ended = LoggedAt(record);
  if (!ended) return false;
  return *ended - TookOf(record) < *changed_at_ && *ended >= *changed_at_ - Duration{1000} &&
         *ended - *changed_at_ < kLatestStraggler;
}

bool PoolTracker::BeganBeforeTheFailure(const parse::LogRecord& record) const {
  if (!failed_at_) return false;
  const std::optional<Timestamp> ended = LoggedAt(record);
  return ended && *ended - TookOf(record) < *failed_at_ && *ended >= *failed_at_ &&
         *ended - *failed_at_ < kLatestStraggler;
}

void PoolTracker::SwitchTo(NameTable::Id pool, const parse::LogRecord& record) {
  ++FailoversOf(*active_, pool).count;
  active_ = pool;
  changed_at_ = LoggedAt(record);
  failing_ = false;
  answers_ = {};
  active_answers_ = {};
  EndRun();
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
  Pool* pool = Find(id);
  if (pool == nullptr || parse::SameText(pool->release, release)) return;
  if (pool->release.empty() && !budget_.Take(1)) {
    budget_.Folded();
    return;
  }
  SetRelease(*pool, release);
}

void PoolTracker::SetRelease(Pool& pool, std::string_view release) {
  pool.release = release;
  pool.release_labels =
      exposition::RenderLabels({{"pool", names_.Name(pool.id)}, {"release", ToLabelValue(release)}});
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

void PoolTracker::Save(checkpoint::Writer& out) const {
  out.Section("tracker", 1, [&] {
    out.Int(pools_.size());
    for (const Pool& pool : pools_) {
      out.Int(pool.id);
      out.Text(pool.release);
      out.Int(static_cast<uint64_t>(pool.run));
    }
    out.Int(failovers_.size());
    for (const Failovers& pair : failovers_) {
      out.Int(pair.from);
      out.Int(pair.to);
      out.Int(pair.count);
    }
    out.Bool(active_.has_value());
    out.Int(active_.value_or(0));
    out.Int(static_cast<uint64_t>(run_));
    out.Bool(failing_);
    SaveTime(out, failed_at_);
    SaveTime(out, changed_at_);
    for (const Recent& recent : {answers_, active_answers_}) {
      out.Int(recent.now);
      out.Int(recent.before);
    }
  });
}

Status PoolTracker::Restore(checkpoint::Reader& in, std::span<const NameTable::Id> ids) {
  checkpoint::Reader body = in.Section("tracker", 1);
  const auto id = [&] {
    const uint64_t saved = body.IntUpTo(ids.empty() ? 0 : ids.size() - 1);
    return ids.empty() ? NameTable::kOther : ids[saved];
  };
  constexpr uint64_t kMostRun = 1000;
  for (uint64_t i = body.Count(); i > 0 && body.ok(); --i) {
    Pool* pool = Find(id());
    const std::string_view release = body.Text();
    const auto run = static_cast<int>(body.IntUpTo(kMostRun));
    if (pool == nullptr) continue;
    pool->run = run;
    if (release.empty()) continue;
    if (pool->release.empty()) budget_.TakeAnyway(1);
    SetRelease(*pool, release);
  }
  for (uint64_t i = body.Count(); i > 0 && body.ok(); --i) {
    const NameTable::Id from = id();
    const NameTable::Id to = id();
    FailoversOf(from, to).count += body.Int();
  }
  const bool has_active = body.Bool();
  const NameTable::Id active = id();
  if (has_active && Find(active) != nullptr) active_ = active;
  run_ = static_cast<int>(body.IntUpTo(kMostRun));
  failing_ = body.Bool();
  failed_at_ = RestoreTime(body);
  changed_at_ = RestoreTime(body);
  for (Recent* recent : {&answers_, &active_answers_}) {
    recent->now = static_cast<uint32_t>(body.IntUpTo(kBlock));
    recent->before = static_cast<uint32_t>(body.IntUpTo(kBlock));
  }
  return body.Finish();
}

}  // namespace tocsin::traffic
