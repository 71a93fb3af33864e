#include "exporter/traffic/traffic.h"

#include <algorithm>

#include "exporter/parse/scan.h"
#include "exporter/parse/values.h"

namespace tocsin::traffic {

namespace {

using parse::Field;

/// Attempts of one request beyond these are not looked at: nginx has no such number of servers to try, so
/// someone made the line up.
constexpr size_t kMaxAttempts = 64;

constexpr int kClientClosed = 499;  ///< nginx's own status for a client that did not wait
constexpr Duration kLookForIdleEvery{60'000};

/// What tells of pools and attempts.
constexpr uint64_t kUpstreamFields =
    parse::LogRecord::FieldSet({Field::kPool, Field::kRelease, Field::kUpstreamAddr, Field::kUpstreamStatus,
                                Field::kUpstreamResponseTime});

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
  if (at - looked_for_idle_at_ > kLookForIdleEvery) DropIdle(at);
  if (!record.NamesAny(kUpstreamFields)) return CountWithoutUpstream(record, at);
  const std::string_view time = record.Text(Field::kUpstreamResponseTime);
  const int64_t micros = parse::ReadMicros(time);
  const bool may_be_list = micros == parse::kNoMicros && time.size() > 1;
  if (may_be_list || !IsOrdinary(record)) return CountAny(record, at);
  noted_ = {ordinary_.pool, false, false, false};
  tracker_.ObserveSound();
  upstreams_.CountAgain(ordinary_.outcome, micros, at);
  window_.Add(at, false);
  return requests_.Count(ordinary_.pool, record, at);
}

/// What CountAny() comes to when no field speaks of a pool or an attempt.
parse::LineFault Traffic::CountWithoutUpstream(const parse::LogRecord& record, Timestamp at) {
  if (!HasPool(NameTable::kAbsent)) AddPool(NameTable::kAbsent);
  const int status = parse::ParseStatus(record.Value(Field::kStatus)).value_or(0);
  noted_ = {NameTable::kAbsent, IsServerError(status), false, false};
  window_.Add(at, noted_.is_error);
  return requests_.Count(NameTable::kAbsent, record, at);
}

bool Traffic::IsOrdinary(const parse::LogRecord& record) const {
  const std::string_view pool = record.Text(Field::kPool);
  const std::string_view release = record.Text(Field::kRelease);
  const std::string_view address = record.Text(Field::kUpstreamAddr);
  const std::string_view upstream_status = record.Text(Field::kUpstreamStatus);
  const std::string_view status = record.Text(Field::kStatus);
  const Ordinary& last = ordinary_;
  if (!last.is_known || pool.size() != last.pool_name.size() || release.size() != last.release.size() ||
      address.size() != last.address.size() || upstream_status.size() != last.upstream_status.size() ||
      status.size() != last.status.size())
    return false;
  parse::TextComparison same;
  same.Add(pool.data(), last.pool_name.data(), pool.size());
  same.Add(release.data(), last.release.data(), release.size());
  same.Add(address.data(), last.address.data(), address.size());
  same.Add(upstream_status.data(), last.upstream_status.data(), upstream_status.size());
  same.Add(status.data(), last.status.data(), status.size());
  return same.AllSame();
}

/// What was found of the ordinary request holds until one of the same pool is counted that is not, the
/// serving pool changes or fails, its server comes to belong to another pool, or something expires.
bool Traffic::IsStillOrdinary() const {
  return ordinary_.is_known && noted_.pool != ordinary_.pool && tracker_.is_sound() &&
         tracker_.active() == ordinary_.pool && upstreams_.Belongs(ordinary_.outcome, ordinary_.pool);
}

/// After CountAny() of that record.
void Traffic::RememberIfOrdinary(const parse::LogRecord& record) {
  const NameTable::Id pool = noted_.pool;
  if (attempts_.size() != 1 || attempts_[0].status == 0 || attempts_[0].status == kClientClosed ||
      noted_.is_error || noted_.was_retried || noted_.changed_pool || !tracker_.is_sound() ||
      tracker_.active() != pool || record.Value(Field::kPool).empty())
    return;
  const std::optional<UpstreamMetrics::Outcome> outcome = upstreams_.OutcomeOf(attempts_[0], pool);
  if (!outcome) return;
  ordinary_.is_known = true;
  ordinary_.pool_name = record.Text(Field::kPool);
  ordinary_.release = record.Text(Field::kRelease);
  ordinary_.address = record.Text(Field::kUpstreamAddr);
  ordinary_.upstream_status = record.Text(Field::kUpstreamStatus);
  ordinary_.status = record.Text(Field::kStatus);
  ordinary_.pool = pool;
  ordinary_.outcome = *outcome;
}

parse::LineFault Traffic::CountAny(const parse::LogRecord& record, Timestamp at) {
  const uint64_t folded = budget_.folded();
  ReadAttempts(record);
  const std::string_view named = LastElement(record.Value(Field::kPool), attempts_.size());
  NameTable::Id pool = NameTable::kAbsent;
  if (!named.empty()) {
    pool = PoolFor(named);
  } else if (!attempts_.empty()) {
    pool = upstreams_.PoolOf(attempts_.back().address);
  }
  if (!HasPool(pool)) AddPool(pool);

  const parse::LineFault fault = requests_.Count(pool, record, at);
  noted_.pool = pool;
  noted_.was_retried =
      std::any_of(attempts_.begin(), attempts_.end(), [](const parse::Attempt& a) { return a.is_retry; });
  const int status = parse::ParseStatus(record.Value(Field::kStatus)).value_or(0);
  noted_.changed_pool = tracker_.Observe(AnswerOf(pool, status), record);
  if (!named.empty())
    tracker_.ObserveRelease(pool, LastElement(record.Value(Field::kRelease), attempts_.size()));
  upstreams_.Count(attempts_, pool, !named.empty(), at);
  noted_.is_error = IsError(status);
  window_.Add(at, noted_.is_error);
  ordinary_.is_known = IsStillOrdinary();
  if (!ordinary_.is_known && budget_.folded() == folded) RememberIfOrdinary(record);
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
  ordinary_.is_known = false;
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
  if (ReadOnlyAttempt(record) || !parse::AttemptReader::MayHaveAny(record)) return;
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
  const int64_t micros = parse::ReadMicros(time);
  if (micros == parse::kNoMicros && time.find(' ') != std::string_view::npos) return false;
  if (address.find(' ') != std::string_view::npos) return false;
  parse::Attempt& attempt = attempts_.emplace_back();
  attempt.address = address;
  attempt.status_text = status_text;
  attempt.status = *status;
  attempt.response_micros = micros;
  return true;
}

bool Traffic::IsError(int own_status) const {
  bool knows_status = false;
  for (const parse::Attempt& attempt : attempts_) {
    if (IsServerError(attempt.status)) return true;
    knows_status = knows_status || attempt.status != 0;
  }
  if (knows_status) return false;
  return IsServerError(own_status);
}

PoolTracker::Answer Traffic::AnswerOf(NameTable::Id pool, int own_status) const {
  const bool knows_status = !attempts_.empty() && !attempts_.back().status_text.empty();
  const int status = knows_status ? attempts_.back().status : own_status;
  const bool succeeded = status != 0 && status != kClientClosed && !IsServerError(status);
  return {pool, succeeded, own_status != kClientClosed && ActivePoolFailed()};
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
