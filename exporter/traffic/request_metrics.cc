#include "exporter/traffic/request_metrics.h"

#include <algorithm>

#include "exporter/parse/values.h"

namespace tocsin::traffic {

namespace {

constexpr std::array<std::string_view, 2> kZeroMethods = {"GET", "POST"};
constexpr std::array<int, 6> kZeroStatuses = {200, 404, 500, 502, 503, 504};

size_t MethodOf(const parse::LogRecord& record) {
  const std::string_view method = record.Value(parse::Field::kMethod);
  return method.empty() ? MethodIndexOfRequest(record.Value(parse::Field::kRequest)) : MethodIndex(method);
}

}  // namespace

uint64_t RequestMetrics::series_per_group() const {
  return kZeroMethods.size() * kZeroStatuses.size() + bounds_.series() + 1;
}

void RequestMetrics::AddPool(NameTable::Id pool) {
  const LabelSets::Slot slot = sets_.Base(pool);
  OpenGroup(slot, true);
  if (base_.size() <= pool) base_.resize(pool + 1);
  base_[pool] = slot;
}

RequestMetrics::Group& RequestMetrics::OpenGroup(LabelSets::Slot slot, bool stays) {
  while (groups_.size() <= slot)
    groups_.push_back({{}, {}, {}, DurationHistogram(bounds_), 0, {}, false, false});
  Group& group = groups_[slot];
  std::vector<LabelSets::Label> labels;
  const std::string& pool = pools_.Name(sets_.PoolOf(slot));
  if (!pool.empty()) labels.emplace_back("pool", pool);
  sets_.AppendLabels(slot, labels);
  group.labels = exposition::RenderLabels(labels);
  group.stays = stays;
  group.open = true;
  group.cells.reserve(kZeroMethods.size() * kZeroStatuses.size());
  for (const std::string_view method : kZeroMethods) {
    for (const int status : kZeroStatuses) OpenCell(group, MethodIndex(method), StatusIndex(status));
  }
  return group;
}

parse::LineFault RequestMetrics::Count(NameTable::Id pool, const parse::LogRecord& record, Timestamp at) {
  using parse::Field;
  Group& group = sets_.rules().empty() ? groups_[base_[pool]] : GroupFor(pool, record);
  auto fault = parse::LineFault::kNone;
  counted_any_ = true;
  group.used_at = at;

  const int status = parse::ParseStatus(record.Value(Field::kStatus)).value_or(0);
  ++CellFor(group, MethodOf(record), StatusIndex(status)).requests;

  if (const std::string_view text = record.Value(Field::kRequestTime); !text.empty()) {
    if (const int64_t micros = parse::ReadMicros(text); micros != parse::kNoMicros) {
      group.durations.Observe(bounds_, micros);
      saw_duration_ = true;
    } else {
      fault = parse::LineFault::kBadNumber;
    }
  }
  if (const std::string_view text = record.Value(Field::kBodyBytesSent); !text.empty()) {
    if (uint64_t bytes = 0; parse::ReadCount(text, bytes)) {
      group.bytes += bytes;
      saw_bytes_ = true;
    } else {
      fault = parse::LineFault::kBadNumber;
    }
  }
  return fault;
}

RequestMetrics::Group& RequestMetrics::GroupFor(NameTable::Id pool, const parse::LogRecord& record) {
  if (const std::optional<LabelSets::Slot> slot = sets_.Find(pool, record)) return groups_[*slot];
  return NewGroup(pool);
}

/// For the set that was looked for last.
RequestMetrics::Group& RequestMetrics::NewGroup(NameTable::Id pool) {
  if (budget_.Take(series_per_group())) return OpenGroup(sets_.Add(), false);
  budget_.Folded();
  const LabelSets::Slot overflow = sets_.Overflow(pool);
  if (overflow < groups_.size() && groups_[overflow].open) {
    groups_[overflow].stays = true;
    return groups_[overflow];
  }
  budget_.TakeAnyway(series_per_group());
  return OpenGroup(overflow, true);
}

RequestMetrics::Cell& RequestMetrics::NewCell(Group& group, size_t method, size_t status) {
  if (budget_.Take(1)) return OpenCell(group, method, status);
  budget_.Folded();
  const uint16_t overflow = group.places[0];
  if (overflow != 0) return group.cells[overflow - 1U];
  budget_.TakeAnyway(1);
  return OpenCell(group, 0, 0);
}

RequestMetrics::Cell& RequestMetrics::OpenCell(Group& group, size_t method, size_t status) {
  const size_t place = method * kStatusCount + status;
  std::string labels = exposition::WithLabel(group.labels, "method", MethodName(method));
  labels = exposition::WithLabel(labels, "status", StatusName(status));
  group.cells.push_back({std::move(labels), 0, static_cast<uint16_t>(place)});
  group.places[place] = static_cast<uint16_t>(group.cells.size());
  return group.cells.back();
}

void RequestMetrics::ExpireBefore(Timestamp time) {
  for (size_t slot = 0; slot < groups_.size(); ++slot) {
    Group& group = groups_[slot];
    if (!group.open || group.stays || group.used_at >= time) continue;
    sets_.Remove(static_cast<LabelSets::Slot>(slot));
    budget_.GiveBack(group.cells.size() + bounds_.series() + 1);
    group = {{}, {}, {}, DurationHistogram(bounds_), 0, {}, false, false};
  }
}

void RequestMetrics::Write(exposition::Writer& writer) const {
  using exposition::Type;
  if (groups_.empty()) return;
  writer.Family("nginx_access_requests_total", "Requests in the access log.", Type::kCounter);
  for (const Group& group : groups_) {
    for (const Cell& cell : group.cells) writer.Sample(cell.labels, cell.requests);
  }

  if (saw_duration_ || !counted_any_) {
    writer.Family("nginx_access_request_duration_seconds",
                  "Time from a request's first byte to the last byte of its answer.", Type::kHistogram);
    for (const Group& group : groups_) {
      if (group.open) group.durations.Write(writer, group.labels, bounds_);
    }
  }
  if (saw_bytes_ || !counted_any_) {
    writer.Family("nginx_access_response_bytes_total", "Bytes of response bodies sent to clients.",
                  Type::kCounter);
    for (const Group& group : groups_) {
      if (group.open) writer.Sample(group.labels, group.bytes);
    }
  }
}

void RequestMetrics::Save(checkpoint::Writer& out) const {
  out.Section("requests", 1, [&] {
    out.Bool(counted_any_);
    out.Bool(saw_duration_);
    out.Bool(saw_bytes_);
    out.Int(sets_.rules().size());
    for (const LabelRule& rule : sets_.rules()) out.Text(rule.name());
    out.Int(bounds_.seconds().size());
    for (const double bound : bounds_.seconds()) out.Double(bound);
    const auto open = std::count_if(groups_.begin(), groups_.end(), [](const Group& g) { return g.open; });
    out.Int(static_cast<uint64_t>(open));
    std::vector<std::string_view> values;
    for (size_t slot = 0; slot < groups_.size(); ++slot) {
      if (!groups_[slot].open) continue;
      out.Int(sets_.PoolOf(static_cast<LabelSets::Slot>(slot)));
      sets_.Values(static_cast<LabelSets::Slot>(slot), values);
      for (const std::string_view value : values) out.Text(value);
      SaveGroup(out, groups_[slot]);
    }
  });
}

void RequestMetrics::SaveGroup(checkpoint::Writer& out, const Group& group) const {
  out.SignedInt(group.used_at.millis());
  out.Int(group.bytes);
  group.durations.Save(out);
  const auto counted = [](const Cell& cell) { return cell.requests != 0; };
  out.Int(static_cast<uint64_t>(std::count_if(group.cells.begin(), group.cells.end(), counted)));
  for (const Cell& cell : group.cells) {
    if (!counted(cell)) continue;
    out.Text(MethodName(cell.place / kStatusCount));
    out.Text(StatusName(cell.place % kStatusCount));
    out.Int(cell.requests);
  }
}

Status RequestMetrics::Restore(checkpoint::Reader& in, std::span<const NameTable::Id> ids) {
  checkpoint::Reader body = in.Section("requests", 1);
  counted_any_ = body.Bool();
  saw_duration_ = body.Bool();
  saw_bytes_ = body.Bool();
  std::vector<std::string_view> values(body.Count());
  bool same_labels = values.size() == sets_.rules().size();
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string_view name = body.Text();
    same_labels = same_labels && name == sets_.rules()[i].name();
  }
  std::vector<double> bounds(body.Count(sizeof(double)));
  for (double& bound : bounds) bound = body.Double();
  const bool same_bounds = bounds == bounds_.seconds();
  for (uint64_t i = body.Count(); i > 0 && body.ok() && !ids.empty(); --i) {
    const NameTable::Id pool = ids[body.IntUpTo(ids.size() - 1)];
    for (std::string_view& value : values) value = body.Text();
    Group* group = nullptr;
    if (same_labels && body.ok()) {
      const std::optional<LabelSets::Slot> slot = sets_.Find(pool, values);
      group = slot ? &groups_[*slot] : &NewGroup(pool);
    }
    RestoreGroup(body, group, same_bounds);
  }
  return body.Finish();
}

/// Adds to `group` what was saved of one; reads over it when there is none.
void RequestMetrics::RestoreGroup(checkpoint::Reader& in, Group* group, bool same_bounds) {
  const Timestamp used_at = Timestamp::FromMillis(in.SignedInt());
  const uint64_t bytes = in.Int();
  DurationHistogram durations(bounds_);
  durations.Restore(in);
  if (group != nullptr) {
    group->used_at = std::max(group->used_at, used_at);
    group->bytes += bytes;
    if (same_bounds) group->durations.Add(durations);
  }
  for (uint64_t i = in.Count(3); i > 0 && in.ok(); --i) {
    const size_t method = MethodIndex(in.Text());
    const size_t status = StatusIndex(parse::ParseStatus(in.Text()).value_or(0));
    const uint64_t requests = in.Int();
    if (group != nullptr) CellFor(*group, method, status).requests += requests;
  }
}

}  // namespace tocsin::traffic
