#include "exporter/traffic/request_metrics.h"

#include "exporter/parse/values.h"

namespace tocsin::traffic {

namespace {

constexpr std::array<std::string_view, 2> kZeroMethods = {"GET", "POST"};
constexpr std::array<int, 6> kZeroStatuses = {200, 404, 500, 502, 503, 504};

std::string_view MethodOf(const parse::LogRecord& record) {
  const std::string_view method = record.Value(parse::Field::kMethod);
  return method.empty() ? parse::MethodOfRequest(record.Value(parse::Field::kRequest)) : method;
}

}  // namespace

uint64_t RequestMetrics::series_per_pool() const {
  return kZeroMethods.size() * kZeroStatuses.size() + bounds_.series() + 1;
}

void RequestMetrics::AddPool(NameTable::Id pool, std::string_view name) {
  while (pools_.size() <= pool) pools_.push_back({{}, {}, {}, DurationHistogram(bounds_), 0, false});
  Pool& added = pools_[pool];
  added.name = name;
  if (!name.empty()) added.labels = exposition::RenderLabels({{"pool", name}});
  added.open = true;
  for (const std::string_view method : kZeroMethods) {
    for (const int status : kZeroStatuses) OpenCell(added, MethodIndex(method), StatusIndex(status));
  }
}

parse::LineFault RequestMetrics::Count(NameTable::Id id, const parse::LogRecord& record) {
  using parse::Field;
  Pool& pool = pools_[id];
  auto fault = parse::LineFault::kNone;
  counted_any_ = true;

  const int status = parse::ParseStatus(record.Value(Field::kStatus)).value_or(0);
  ++cells_[CellFor(pool, MethodIndex(MethodOf(record)), StatusIndex(status))].requests;

  if (const std::string_view text = record.Value(Field::kRequestTime); !text.empty()) {
    if (const std::optional<int64_t> micros = parse::ParseMicros(text)) {
      pool.durations.Observe(bounds_, *micros);
      saw_duration_ = true;
    } else {
      fault = parse::LineFault::kBadNumber;
    }
  }
  if (const std::string_view text = record.Value(Field::kBodyBytesSent); !text.empty()) {
    if (const std::optional<uint64_t> bytes = parse::ParseCount(text)) {
      pool.bytes += *bytes;
      saw_bytes_ = true;
    } else {
      fault = parse::LineFault::kBadNumber;
    }
  }
  return fault;
}

uint32_t RequestMetrics::CellFor(Pool& pool, size_t method, size_t status) {
  const uint32_t cell = pool.cells[method * kStatusCount + status];
  if (cell != 0) return cell - 1;
  if (budget_.Take(1)) return OpenCell(pool, method, status);
  budget_.Folded();
  const uint32_t overflow = pool.cells[0];
  if (overflow != 0) return overflow - 1;
  budget_.TakeAnyway(1);
  return OpenCell(pool, 0, 0);
}

uint32_t RequestMetrics::OpenCell(Pool& pool, size_t method, size_t status) {
  std::vector<std::pair<std::string_view, std::string_view>> labels;
  if (!pool.name.empty()) labels.emplace_back("pool", pool.name);
  labels.emplace_back("method", MethodName(method));
  labels.emplace_back("status", StatusName(status));
  cells_.push_back({exposition::RenderLabels(labels), 0});
  const auto index = static_cast<uint32_t>(cells_.size() - 1);
  pool.cells[method * kStatusCount + status] = index + 1;
  return index;
}

void RequestMetrics::Write(exposition::Writer& writer) const {
  using exposition::Type;
  if (cells_.empty()) return;
  writer.Family("nginx_access_requests_total", "Requests in the access log.", Type::kCounter);
  for (const Cell& cell : cells_) writer.Sample(cell.labels, cell.requests);

  if (saw_duration_ || !counted_any_) {
    writer.Family("nginx_access_request_duration_seconds",
                  "Time from a request's first byte to the last byte of its answer.", Type::kHistogram);
    for (const Pool& pool : pools_) {
      if (pool.open) pool.durations.Write(writer, pool.labels, bounds_);
    }
  }
  if (saw_bytes_ || !counted_any_) {
    writer.Family("nginx_access_response_bytes_total", "Bytes of response bodies sent to clients.",
                  Type::kCounter);
    for (const Pool& pool : pools_) {
      if (pool.open) writer.Sample(pool.labels, pool.bytes);
    }
  }
}

}  // namespace tocsin::traffic
