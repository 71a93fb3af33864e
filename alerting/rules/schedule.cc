#include "alerting/rules/schedule.h"

#include <string>

#include "alerting/model/labels.h"

namespace tocsin::rules {

Schedule::Schedule(std::string_view file, std::string_view name, Duration interval) : interval_(interval) {
  const model::Labels identity{{"file", std::string(file)}, {"name", std::string(name)}};
  offset_ = Duration(static_cast<int64_t>(identity.Fingerprint() % static_cast<uint64_t>(interval.count())));
}

Timestamp Schedule::After(Timestamp now) const {
  const int64_t shifted = now.millis() - offset_.count();
  const int64_t width = interval_.count();
  const int64_t into = ((shifted % width) + width) % width;
  return Timestamp::FromMillis(now.millis() - into + width);
}

Schedule::Next Schedule::Following(Timestamp evaluated, Timestamp now) const {
  const int64_t passed = now > evaluated ? (now - evaluated) / interval_ : 0;
  if (passed <= 1) return {evaluated + interval_, 0};
  return {evaluated + passed * interval_, static_cast<uint64_t>(passed - 1)};
}

}  // namespace tocsin::rules
