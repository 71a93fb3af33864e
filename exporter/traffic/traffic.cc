#include "exporter/traffic/traffic.h"

#include <algorithm>

#include "exporter/parse/values.h"

namespace tocsin::traffic {

namespace {

using parse::Field;

/// Attempts of one request beyond these are not looked at: nginx has no such number of servers to try, so
/// someone made the line up.
constexpr size_t kMaxAttempts = 64;

bool IsServerError(int status) { return status >= 500 && status <= 599; }

/// $upstream_http_* of a request with several attempts may be a list; the last element is from whoever
/// answered.
std::string_view LastElement(std::string_view text) {
  if (text.find(' ') == std::string_view::npos) return text;
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
      requests_(options_.bounds, budget_),
      upstreams_(options_.bounds, budget_),
      tracker_(pools_, budget_),
      window_(options_.error_window, options_.error_rate_threshold) {
  for (const std::string& name : options_.pools) {
    const NameTable::Id pool = pools_.Add(name);
    if (!HasPool(pool)) AddPool(pool);
  }
}

parse::LineFault Traffic::Count(const parse::LogRecord& record, Timestamp at) {
  ReadAttempts(record);
  const std::string_view named = LastElement(record.Value(Field::kPool));
  NameTable::Id pool = NameTable::kAbsent;
  if (!named.empty()) {
    pool = PoolFor(named);
  } else if (!attempts_.empty()) {
    pool = upstreams_.PoolOf(attempts_.back().address);
  }
  if (!HasPool(pool)) AddPool(pool);

  const parse::LineFault fault = requests_.Count(pool, record);
  tracker_.Observe(AnswerOf(pool, record), record);
  if (!named.empty()) tracker_.ObserveRelease(pool, LastElement(record.Value(Field::kRelease)));
  upstreams_.Count(attempts_, pool, !named.empty());
  window_.Add(at, IsError(record));
  return fault;
}

void Traffic::Write(exposition::Writer& writer, Timestamp now) {
  window_.Expire(now);
  requests_.Write(writer);
  upstreams_.Write(writer);
  tracker_.Write(writer);
  window_.Write(writer);
}

NameTable::Id Traffic::PoolFor(std::string_view name) {
  NameTable::Id pool = NameTable::kOther;
  if (pools_.Find(name, pool)) return pool;
  const uint64_t series =
      requests_.series_per_pool() + UpstreamMetrics::kSeriesPerPool + PoolTracker::kSeriesPerPool;
  if (budget_.used() + series > options_.series_limit) {
    budget_.Folded();
    return NameTable::kOther;
  }
  return pools_.Add(name);
}

void Traffic::AddPool(NameTable::Id pool) {
  if (has_pool_.size() <= pool) has_pool_.resize(pool + 1);
  has_pool_[pool] = true;
  budget_.TakeAnyway(requests_.series_per_pool() + UpstreamMetrics::kSeriesPerPool);
  requests_.AddPool(pool, pools_.Name(pool));
  upstreams_.AddPool(pool, pools_.Name(pool));
  if (pool == NameTable::kOther || pool == NameTable::kAbsent) return;
  budget_.TakeAnyway(PoolTracker::kSeriesPerPool);
  tracker_.AddPool(pool);
}

void Traffic::ReadAttempts(const parse::LogRecord& record) {
  attempts_.clear();
  parse::AttemptReader reader(record);
  parse::Attempt attempt;
  while (attempts_.size() < kMaxAttempts && reader.Next(attempt)) attempts_.push_back(attempt);
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
  constexpr int kClientClosed = 499;
  const int own = parse::ParseStatus(record.Value(Field::kStatus)).value_or(0);
  const bool knows_status = !attempts_.empty() && !attempts_.back().status_text.empty();
  const int status = knows_status ? attempts_.back().status : own;
  const bool succeeded = status != 0 && status != kClientClosed && !IsServerError(status);

  // The attempts after the last internal redirect are those that led to the answer.
  auto first = attempts_.rbegin();
  while (first != attempts_.rend() && first->is_retry) ++first;
  const bool was_retried = !attempts_.empty() && attempts_.back().is_retry;
  const bool is_direct =
      !was_retried || (first != attempts_.rend() && upstreams_.PoolOf(first->address) == pool);
  return {pool, is_direct, succeeded};
}

}  // namespace tocsin::traffic
