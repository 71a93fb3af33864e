#include "exporter/traffic/upstream_metrics.h"

#include <algorithm>
#include <utility>

#include "exporter/parse/values.h"

namespace tocsin::traffic {

namespace {

constexpr size_t kNoStatus = kStatusCount;
/// More cells than these have no place in Upstream::places.
constexpr size_t kMostCells = 60'000;

size_t StatusOf(const parse::Attempt& attempt) {
  return attempt.status_text.empty() ? kNoStatus : StatusIndex(attempt.status);
}

}  // namespace

void UpstreamMetrics::AddPool(NameTable::Id pool) {
  if (pools_.size() <= pool) pools_.resize(pool + 1);
  const std::string& name = names_.Name(pool);
  pools_[pool] = {name.empty() ? "" : exposition::RenderLabels({{"pool", name}}), 0, true};
}

void UpstreamMetrics::AddServer(std::string_view address, NameTable::Id pool) {
  const NameTable::Id id = addresses_.Add(address);
  Upstream& upstream = Open(id);
  if (!upstream.stays) budget_.TakeAnyway(bounds_.series());
  upstream.pool = pool;
  upstream.stays = true;
}

NameTable::Id UpstreamMetrics::PoolOf(std::string_view address) const {
  NameTable::Id id = 0;
  if (!addresses_.Find(address, id) || id >= upstreams_.size()) return NameTable::kAbsent;
  return upstreams_[id].pool;
}

void UpstreamMetrics::Count(std::span<const parse::Attempt> attempts, NameTable::Id pool, bool named,
                            Timestamp at) {
  for (size_t i = 0; i < attempts.size(); ++i) {
    const parse::Attempt& attempt = attempts[i];
    const bool is_last = i + 1 == attempts.size();
    const NameTable::Id id = UpstreamFor(attempt.address);
    Upstream& upstream = upstreams_[id];
    upstream.used_at = at;
    saw_attempts_ = true;
    if (is_last && named && id != NameTable::kOther && !upstream.stays) upstream.pool = pool;
    ++CellFor(id, is_last && !upstream.stays ? pool : upstream.pool, StatusOf(attempt)).attempts;
    if (attempt.response_micros != parse::kNoMicros) {
      upstream.durations.Observe(bounds_, attempt.response_micros);
      upstream.timed = true;
    }
    if (attempt.is_retry) ++pools_[pool].retries;
  }
}

std::optional<UpstreamMetrics::Outcome> UpstreamMetrics::OutcomeOf(const parse::Attempt& attempt,
                                                                   NameTable::Id pool) const {
  NameTable::Id id = NameTable::kOther;
  if (!addresses_.Find(attempt.address, id) || id == NameTable::kOther || id >= upstreams_.size())
    return std::nullopt;
  const Upstream& upstream = upstreams_[id];
  if (!upstream.open || upstream.pool != pool || upstream.places_pool != pool) return std::nullopt;
  const uint16_t place = upstream.places[StatusOf(attempt)];
  if (place == 0) return std::nullopt;
  return Outcome{id, place - size_t{1}};
}

NameTable::Id UpstreamMetrics::UpstreamFor(std::string_view address) {
  NameTable::Id id = NameTable::kOther;
  if (!addresses_.Find(address, id)) {
    if (budget_.Take(bounds_.series())) {
      id = addresses_.Add(address);
    } else {
      budget_.Folded();
    }
  }
  if (id >= upstreams_.size() || !upstreams_[id].open) Open(id);
  return id;
}

UpstreamMetrics::Upstream& UpstreamMetrics::Open(NameTable::Id id) {
  while (upstreams_.size() <= id) upstreams_.emplace_back(bounds_);
  upstreams_[id].open = true;
  return upstreams_[id];
}

UpstreamMetrics::Cell& UpstreamMetrics::CellFor(NameTable::Id id, NameTable::Id pool, size_t status) {
  Upstream& upstream = upstreams_[id];
  if (upstream.places_pool != pool) {
    upstream.places_pool = pool;
    upstream.places.fill(0);
  }
  uint16_t& place = upstream.places[status];
  if (place != 0) return upstream.cells[place - 1U];
  const auto found = std::find_if(upstream.cells.begin(), upstream.cells.end(), [&](const Cell& cell) {
    return cell.pool == pool && cell.status == status;
  });
  if (found != upstream.cells.end()) {
    place = static_cast<uint16_t>(found - upstream.cells.begin() + 1);
    return *found;
  }
  if (upstream.cells.size() >= kMostCells || !budget_.Take(1)) {
    budget_.Folded();
    return OverflowCell();
  }
  place = static_cast<uint16_t>(upstream.cells.size() + 1);
  return OpenCell(id, pool, status);
}

UpstreamMetrics::Cell& UpstreamMetrics::OverflowCell() {
  for (Cell& cell : Open(NameTable::kOther).cells) {
    if (cell.pool == NameTable::kOther && cell.status == 0) return cell;
  }
  budget_.TakeAnyway(1);
  return OpenCell(NameTable::kOther, NameTable::kOther, 0);
}

UpstreamMetrics::Cell& UpstreamMetrics::OpenCell(NameTable::Id id, NameTable::Id pool, size_t status) {
  std::vector<std::pair<std::string_view, std::string_view>> labels;
  if (id != NameTable::kAbsent) labels.emplace_back("upstream", addresses_.Name(id));
  if (pool != NameTable::kAbsent) labels.emplace_back("pool", names_.Name(pool));
  if (status != kNoStatus) labels.emplace_back("status", StatusName(status));
  std::vector<Cell>& cells = upstreams_[id].cells;
  cells.push_back({pool, status, exposition::RenderLabels(labels), 0});
  return cells.back();
}

void UpstreamMetrics::ExpireBefore(Timestamp time) {
  for (NameTable::Id id = NameTable::kAbsent + 1; id < upstreams_.size(); ++id) {
    Upstream& upstream = upstreams_[id];
    if (!upstream.open || upstream.stays || upstream.used_at >= time) continue;
    budget_.GiveBack(bounds_.series() + upstream.cells.size());
    upstream = Upstream(bounds_);
    addresses_.Remove(id);
  }
}

std::vector<std::pair<std::string, std::string>> UpstreamMetrics::Servers() const {
  std::vector<std::pair<std::string, std::string>> servers;
  servers.reserve(upstreams_.size());
  for (NameTable::Id id = NameTable::kAbsent + 1; id < upstreams_.size(); ++id) {
    if (upstreams_[id].open) servers.emplace_back(addresses_.Name(id), names_.Name(upstreams_[id].pool));
  }
  return servers;
}

void UpstreamMetrics::Write(exposition::Writer& writer, bool with_retries) const {
  using exposition::Type;
  const bool any = std::any_of(upstreams_.begin(), upstreams_.end(),
                               [](const Upstream& upstream) { return !upstream.cells.empty(); });
  if (any) {
    writer.Family("nginx_upstream_attempts_total",
                  "Attempts on upstream servers, those that were retried elsewhere among them.",
                  Type::kCounter);
    for (const Upstream& upstream : upstreams_) {
      for (const Cell& cell : upstream.cells) writer.Sample(cell.labels, cell.attempts);
    }
  }
  WriteDurations(writer);
  if (pools_.empty() || !(saw_attempts_ || with_retries)) return;
  writer.Family("nginx_upstream_retries_total",
                "Attempts made because the one before failed, by the pool that answered in the end.",
                Type::kCounter);
  for (const Pool& pool : pools_) {
    if (pool.open) writer.Sample(pool.labels, pool.retries);
  }
}

void UpstreamMetrics::WriteDurations(exposition::Writer& writer) const {
  bool opened = false;
  for (NameTable::Id id = 0; id < upstreams_.size(); ++id) {
    if (!upstreams_[id].timed) continue;
    if (!opened) {
      writer.Family("nginx_upstream_response_duration_seconds",
                    "Time that upstream servers took to answer, attempt by attempt.",
                    exposition::Type::kHistogram);
      opened = true;
    }
    const std::string& name = addresses_.Name(id);
    upstreams_[id].durations.Write(writer, name.empty() ? "" : exposition::RenderLabels({{"upstream", name}}),
                                   bounds_);
  }
}

void UpstreamMetrics::Save(checkpoint::Writer& out) const {
  out.Section("upstreams", 1, [&] {
    out.Bool(saw_attempts_);
    out.Int(bounds_.seconds().size());
    for (const double bound : bounds_.seconds()) out.Double(bound);
    out.Int(pools_.size());
    for (const Pool& pool : pools_) out.Int(pool.retries);
    const auto open = [](const Upstream& upstream) { return upstream.open; };
    out.Int(static_cast<uint64_t>(std::count_if(upstreams_.begin(), upstreams_.end(), open)));
    for (NameTable::Id id = 0; id < upstreams_.size(); ++id) {
      if (upstreams_[id].open) SaveUpstream(out, id);
    }
  });
}

void UpstreamMetrics::SaveUpstream(checkpoint::Writer& out, NameTable::Id id) const {
  const Upstream& upstream = upstreams_[id];
  out.Text(addresses_.Name(id));
  out.Int(upstream.pool);
  out.SignedInt(upstream.used_at.millis());
  out.Bool(upstream.timed);
  upstream.durations.Save(out);
  out.Int(upstream.cells.size());
  for (const Cell& cell : upstream.cells) {
    out.Int(cell.pool);
    out.Text(cell.status == kNoStatus ? "" : StatusName(cell.status));
    out.Int(cell.attempts);
  }
}

Status UpstreamMetrics::Restore(checkpoint::Reader& in, std::span<const NameTable::Id> ids) {
  checkpoint::Reader body = in.Section("upstreams", 1);
  saw_attempts_ = body.Bool();
  std::vector<double> bounds(body.Count(sizeof(double)));
  for (double& bound : bounds) bound = body.Double();
  const uint64_t pools = body.Count();
  if (pools > ids.size()) body.Refuse("has retries of more pools than there are");
  for (uint64_t i = 0; i < pools && body.ok(); ++i) {
    const uint64_t retries = body.Int();
    if (ids[i] < pools_.size()) pools_[ids[i]].retries += retries;
  }
  for (uint64_t i = body.Count(); i > 0 && body.ok() && !ids.empty(); --i) {
    RestoreUpstream(body, ids, bounds == bounds_.seconds());
  }
  return body.Finish();
}

void UpstreamMetrics::RestoreUpstream(checkpoint::Reader& in, std::span<const NameTable::Id> ids,
                                      bool same_bounds) {
  const NameTable::Id id = UpstreamFor(in.Text());
  Upstream& upstream = upstreams_[id];
  const NameTable::Id pool = ids[in.IntUpTo(ids.size() - 1)];
  if (!upstream.stays && id != NameTable::kOther) upstream.pool = pool;
  upstream.used_at = std::max(upstream.used_at, Timestamp::FromMillis(in.SignedInt()));
  const bool timed = in.Bool();
  DurationHistogram durations(bounds_);
  durations.Restore(in);
  if (timed && same_bounds) {
    upstream.durations.Add(durations);
    upstream.timed = true;
  }
  for (uint64_t i = in.Count(3); i > 0 && in.ok(); --i) {
    const NameTable::Id cell_pool = ids[in.IntUpTo(ids.size() - 1)];
    const std::string_view status = in.Text();
    const size_t index = status.empty() ? kNoStatus : StatusIndex(parse::ParseStatus(status).value_or(0));
    CellFor(id, cell_pool, index).attempts += in.Int();
  }
}

}  // namespace tocsin::traffic
