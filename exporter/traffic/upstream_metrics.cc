#include "exporter/traffic/upstream_metrics.h"

namespace tocsin::traffic {

namespace {

constexpr size_t kNoStatus = kStatusCount;

size_t StatusOf(const parse::Attempt& attempt) {
  return attempt.status_text.empty() ? kNoStatus : StatusIndex(attempt.status);
}

uint64_t CellKey(NameTable::Id upstream, NameTable::Id pool, size_t status) {
  return (static_cast<uint64_t>(upstream) << 36U) | (static_cast<uint64_t>(pool) << 8U) | status;
}

}  // namespace

void UpstreamMetrics::AddPool(NameTable::Id pool, std::string_view name) {
  if (pools_.size() <= pool) pools_.resize(pool + 1);
  pools_[pool] = {std::string(name), name.empty() ? "" : exposition::RenderLabels({{"pool", name}}), 0, true};
}

NameTable::Id UpstreamMetrics::PoolOf(std::string_view address) const {
  NameTable::Id id = 0;
  if (!addresses_.Find(address, id) || id >= upstreams_.size()) return NameTable::kAbsent;
  return upstreams_[id].pool;
}

void UpstreamMetrics::Count(std::span<const parse::Attempt> attempts, NameTable::Id pool, bool named) {
  for (size_t i = 0; i < attempts.size(); ++i) {
    const parse::Attempt& attempt = attempts[i];
    const bool is_last = i + 1 == attempts.size();
    const NameTable::Id id = UpstreamFor(attempt.address);
    Upstream& upstream = upstreams_[id];
    if (is_last && named && id != NameTable::kOther) upstream.pool = pool;
    ++cells_[CellFor(id, is_last ? pool : upstream.pool, StatusOf(attempt))].attempts;
    if (attempt.response_micros) {
      upstream.durations.Observe(bounds_, *attempt.response_micros);
      upstream.timed = true;
    }
    if (attempt.is_retry) ++pools_[pool].retries;
  }
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
  while (upstreams_.size() <= id) {
    upstreams_.push_back({NameTable::kAbsent, NameTable::kAbsent, {}, DurationHistogram(bounds_), false});
  }
  return id;
}

uint32_t UpstreamMetrics::CellFor(NameTable::Id id, NameTable::Id pool, size_t status) {
  Upstream& upstream = upstreams_[id];
  if (upstream.cells_pool != pool) {
    upstream.cells_pool = pool;
    upstream.cells.fill(0);
  }
  uint32_t& cell = upstream.cells[status];
  if (cell != 0) return cell - 1;
  const auto found = cell_index_.find(CellKey(id, pool, status));
  if (found != cell_index_.end()) {
    cell = found->second + 1;
  } else if (budget_.Take(1)) {
    cell = OpenCell(id, pool, status) + 1;
  } else {
    budget_.Folded();
    return OverflowCell();
  }
  return cell - 1;
}

uint32_t UpstreamMetrics::OverflowCell() {
  const auto found = cell_index_.find(CellKey(NameTable::kOther, NameTable::kOther, 0));
  if (found != cell_index_.end()) return found->second;
  budget_.TakeAnyway(1);
  return OpenCell(NameTable::kOther, NameTable::kOther, 0);
}

uint32_t UpstreamMetrics::OpenCell(NameTable::Id id, NameTable::Id pool, size_t status) {
  std::vector<std::pair<std::string_view, std::string_view>> labels;
  if (id != NameTable::kAbsent) labels.emplace_back("upstream", addresses_.Name(id));
  if (pool == NameTable::kOther) {
    labels.emplace_back("pool", "other");
  } else if (pool != NameTable::kAbsent) {
    labels.emplace_back("pool", pools_[pool].name);
  }
  if (status != kNoStatus) labels.emplace_back("status", StatusName(status));
  cells_.push_back({exposition::RenderLabels(labels), 0});
  const auto index = static_cast<uint32_t>(cells_.size() - 1);
  cell_index_.emplace(CellKey(id, pool, status), index);
  return index;
}

void UpstreamMetrics::Write(exposition::Writer& writer) const {
  using exposition::Type;
  if (!cells_.empty()) {
    writer.Family("nginx_upstream_attempts_total",
                  "Attempts on upstream servers, those that were retried elsewhere among them.",
                  Type::kCounter);
    for (const Cell& cell : cells_) writer.Sample(cell.labels, cell.attempts);
  }
  bool opened = false;
  for (NameTable::Id id = 0; id < upstreams_.size(); ++id) {
    if (!upstreams_[id].timed) continue;
    if (!opened) {
      writer.Family("nginx_upstream_response_duration_seconds",
                    "Time that upstream servers took to answer, attempt by attempt.", Type::kHistogram);
      opened = true;
    }
    const std::string& name = addresses_.Name(id);
    upstreams_[id].durations.Write(writer, name.empty() ? "" : exposition::RenderLabels({{"upstream", name}}),
                                   bounds_);
  }
  opened = false;
  for (const Pool& pool : pools_) {
    if (!pool.open) continue;
    if (!opened) {
      writer.Family("nginx_upstream_retries_total",
                    "Attempts made because the one before failed, by the pool that answered in the end.",
                    Type::kCounter);
      opened = true;
    }
    writer.Sample(pool.labels, pool.retries);
  }
}

}  // namespace tocsin::traffic
