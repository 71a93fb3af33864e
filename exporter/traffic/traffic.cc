#include "exporter/traffic/traffic.h"

#include <algorithm>

#include "exporter/parse/values.h"

namespace tocsin::traffic {

namespace {

using parse::Field;

/// Attempts of one request beyond these are not looked at: nginx has no such number of servers to try, so
/// someone made the line up.
constexpr size_t kMaxAttempts = 64;

constexpr int kClientClosed = 499;  ///< nginx's own status for a client that did not wait
constexpr Duration kLookForIdleEvery{60'000};

bool IsServerError(int status) { return status >= 500 && status <= 599; }

/// $upstream_http_* of a request with several attempts may be a list; the last element is from whoever
/// answered.
std::string_view LastElement(std::string_view text, size_t attempts) {
  if (attempts < 2 || text.find(' ') == std::string_view::npos) return text;
  parse::UpstreamList list(text);
  std::string_view element;
  parse::UpstreamList::Joint joint{};
  while (list.Next(element, joint)) {
  }
  return element == "-" ? std::string_view{} : element;
}

}  // namespace

Traffic::Traffic(Options options)
    : options_(std::move(options)),
      budget_(options_.series_limit),
      upstream_bounds_(options_.upstream_bounds.value_or(options_.bounds)),
      requests_(pools_, options_.labels, options_.bounds, budget_),
      upstreams_(pools_, upstream_bounds_, budget_),
      tracker_(pools_, budget_),
      window_(options_.error_window, options_.error_rate_threshold) {
  for (const std::string& name : options_.pools) {
    const NameTable::Id pool = pools_.Add(name);
    if (!HasPool(pool)) AddPool(pool);
  }
  for (const PoolServer& server : options_.servers) {
    const NameTable::Id pool = pools_.Add(server.pool);
    if (!HasPool(pool)) AddPool(pool);
    upstreams_.AddServer(server.address, pool);
  }
}

parse::LineFault Traffic::Count(const parse::LogRecord& record, Timestamp at) {
  ReadAttempts(record);
  const std::string_view named = LastElement(record.Value(Field::kPool), attempts_.size());
  NameTable::Id pool = NameTable::kAbsent;
  if (!named.empty()) {
    pool = PoolFor(named);
  } else if (!attempts_.empty()) {
    pool = upstreams_.PoolOf(attempts_.back().address);
  }
  if (!HasPool(pool)) AddPool(pool);
  if (at - looked_for_idle_at_ > kLookForIdleEvery) DropIdle(at);

  const parse::LineFault fault = requests_.Count(pool, record, at);
  noted_.pool = pool;
  noted_.was_retried =
      std::any_of(attempts_.begin(), attempts_.end(), [](const parse::Attempt& a) { return a.is_retry; });
  noted_.changed_pool = tracker_.Observe(AnswerOf(pool, record), record);
  if (!named.empty())
    tracker_.ObserveRelease(pool, LastElement(record.Value(Field::kRelease), attempts_.size()));
  upstreams_.Count(attempts_, pool, !named.empty(), at);
  noted_.is_error = IsError(record);
  window_.Add(at, noted_.is_error);
  return fault;
}

void Traffic::Write(exposition::Writer& writer, Timestamp now) {
  window_.Expire(now);
  DropIdle(now);
  requests_.Write(writer);
  upstreams_.Write(writer, !options_.pools.empty());
  tracker_.Write(writer);
  window_.Write(writer);
}

void Traffic::DropIdle(Timestamp now) {
  looked_for_idle_at_ = now;
  if (options_.idle <= Duration::zero()) return;
  requests_.ExpireBefore(now - options_.idle);
  upstreams_.ExpireBefore(now - options_.idle);
}

uint64_t Traffic::SeriesPerPool() const {
  return requests_.series_per_group() + UpstreamMetrics::kSeriesPerPool + PoolTracker::kSeriesPerPool;
}

NameTable::Id Traffic::PoolFor(std::string_view name) {
  NameTable::Id pool = NameTable::kOther;
  if (pools_.Find(name, pool)) return pool;
  if (budget_.used() + SeriesPerPool() > options_.series_limit) {
    budget_.Folded();
    return NameTable::kOther;
  }
  return pools_.Add(name);
}

void Traffic::AddPool(NameTable::Id pool) {
  if (has_pool_.size() <= pool) has_pool_.resize(pool + 1);
  has_pool_[pool] = true;
  budget_.TakeAnyway(requests_.series_per_group() + UpstreamMetrics::kSeriesPerPool);
  requests_.AddPool(pool);
  upstreams_.AddPool(pool);
  if (pool == NameTable::kOther || pool == NameTable::kAbsent) return;
  budget_.TakeAnyway(PoolTracker::kSeriesPerPool);
  tracker_.AddPool(pool);
}

void Traffic::ReadAttempts(const parse::LogRecord& record) {
  attempts_.clear();
  if (ReadOnlyAttempt(record)) return;
  parse::AttemptReader reader(record);
  parse::Attempt attempt;
  while (attempts_.size() < kMaxAttempts && reader.Next(attempt)) attempts_.push_back(attempt);
}

/// Nearly every request has one attempt that was answered; then the lists need not be taken apart.
bool Traffic::ReadOnlyAttempt(const parse::LogRecord& record) {
  const std::string_view status_text = record.Text(Field::kUpstreamStatus);
  const std::optional<int> status = parse::ParseStatus(status_text);
  if (!status) return false;
  const std::string_view address = record.Value(Field::kUpstreamAddr);
  const std::string_view time = record.Text(Field::kUpstreamResponseTime);
  if (address.find(' ') != std::string_view::npos || time.find(' ') != std::string_view::npos) return false;
  attempts_.push_back({address, status_text, *status, parse::ParseMicros(time), false});
  return true;
}

bool Traffic::IsError(const parse::LogRecord& record) const {
  bool knows_status = false;
  for (const parse::Attempt& attempt : attempts_) {
    if (IsServerError(attempt.status)) return true;
    knows_status = knows_status || attempt.status != 0;
  }
  if (knows_status) return false;
  return IsServerError(parse::ParseStatus(record.Value(Field::kStatus)).value_or(0));
}

PoolTracker::Answer Traffic::AnswerOf(NameTable::Id pool, const parse::LogRecord& record) const {
  const int own = parse::ParseStatus(record.Value(Field::kStatus)).value_or(0);
  const bool knows_status = !attempts_.empty() && !attempts_.back().status_text.empty();
  const int status = knows_status ? attempts_.back().status : own;
  const bool succeeded = status != 0 && status != kClientClosed && !IsServerError(status);
  return {pool, succeeded, own != kClientClosed && ActivePoolFailed()};
}

/// An attempt failed when it ended in 5xx, or when nginx went on to another server after it.
bool Traffic::ActivePoolFailed() const {
  if (!tracker_.active()) return false;
  for (size_t i = 0; i < attempts_.size(); ++i) {
    const bool failed =
        IsServerError(attempts_[i].status) || (i + 1 < attempts_.size() && attempts_[i + 1].is_retry);
    if (failed && upstreams_.PoolOf(attempts_[i].address) == *tracker_.active()) return true;
  }
  return false;
}

void Traffic::Save(checkpoint::Writer& out) const {
  out.Section("traffic", 1, [&] {
    out.Int(pools_.size());
    for (NameTable::Id id = 0; id < pools_.size(); ++id) {
      out.Text(pools_.Name(id));
      out.Bool(HasPool(id));
    }
    upstreams_.Save(out);
    requests_.Save(out);
    tracker_.Save(out);
    window_.Save(out);
    budget_.Save(out);
  });
}

Status Traffic::Restore(checkpoint::Reader& in) {
  budget_.SetRestoring(true);
  Status restored = RestoreAll(in);
  budget_.SetRestoring(false);
  return restored;
}

Status Traffic::RestoreAll(checkpoint::Reader& in) {
  checkpoint::Reader body = in.Section("traffic", 1);
  std::vector<NameTable::Id> ids(body.Count(2), NameTable::kOther);
  for (NameTable::Id& id : ids) {
    const std::string_view name = body.Text();
    const bool has_series = body.Bool();
    if (!body.ok()) break;
    id = pools_.Add(name);
    if (has_series && !HasPool(id)) AddPool(id);
  }
  for (const Status& part : {upstreams_.Restore(body, ids), requests_.Restore(body, ids),
                             tracker_.Restore(body, ids), window_.Restore(body)}) {
    if (!part) return part;
  }
  budget_.Restore(body);
  return body.Finish();
}

}  // namespace tocsin::traffic
