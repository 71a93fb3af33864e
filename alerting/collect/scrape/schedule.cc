#include "alerting/collect/scrape/schedule.h"

#include <algorithm>

namespace tocsin::collect {

Schedule::Schedule(Duration interval, uint64_t hash)
    : interval_(std::max(interval, Duration(1))),
      offset_(static_cast<int64_t>(hash % static_cast<uint64_t>(interval_.count()))) {}

Timestamp Schedule::SlotAt(Timestamp t) const {
  const int64_t step = interval_.count();
  const int64_t since = t.millis() - offset_;
  const int64_t whole = since >= 0 ? since / step : -((-since + step - 1) / step);
  return Timestamp::FromMillis(whole * step + offset_);
}

Timestamp Schedule::Next(Timestamp fired, Timestamp now) const {
  const Timestamp after_now = SlotAt(now) + interval_;
  const bool set_back = fired - now > interval_;
  return set_back ? after_now : std::max(after_now, fired + interval_);
}

}  // namespace tocsin::collect
