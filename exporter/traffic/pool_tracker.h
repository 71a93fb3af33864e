// Which pool serves, when that changed, and what release each pool runs.
//
// A single request that was retried on the other pool is a retry, not a failover: nginx still tries the old
// pool first. The serving pool has changed to P when P gave an answer that is no 5xx and either
//   - the request's first attempt already went to P: nginx no longer tries the old pool (with max_fails=1
//     fail_timeout=2s that is the request after the first failure, and each one for two seconds), or
//   - it is the third such answer of P on end: nginx goes on trying the old pool, in vain (max_fails=0, or so
//   little traffic
//     that each request comes after fail_timeout).
// A request that began before the change was logged says nothing of what came after it: slow answers of the
// old pool trickle in when the new one serves already. The pool that is seen first serves, without a
// failover.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/exposition/writer.h"
#include "base/time.h"
#include "exporter/parse/log_record.h"
#include "exporter/traffic/name_table.h"
#include "exporter/traffic/series_budget.h"

namespace tocsin::traffic {

/// `pools` (the names) and `budget` must outlive it.
class PoolTracker {
 public:
  PoolTracker(const NameTable& pools, SeriesBudget& budget) : names_(pools), budget_(budget) {}

  static constexpr uint64_t kSeriesPerPool = 1;
  /// Opens its series: not active, no failover from or to it.
  void AddPool(NameTable::Id pool);

  struct Answer {
    NameTable::Id pool = NameTable::kAbsent;
    bool is_direct = true;   ///< its first attempt went to `pool` already
    bool succeeded = false;  ///< an answer came, and it is no 5xx
  };
  /// `record` is asked for its times only when the answer comes from a pool that is not active.
  void Observe(const Answer& answer, const parse::LogRecord& record);
  void ObserveRelease(NameTable::Id pool, std::string_view release);

  std::optional<NameTable::Id> active() const { return active_; }

  void Write(exposition::Writer& writer) const;

 private:
  struct Pool {
    NameTable::Id id = NameTable::kAbsent;
    std::string labels;
    std::string release;  ///< as the log has it
    std::string release_labels;
  };
  struct Failovers {
    NameTable::Id from;
    NameTable::Id to;
    std::string labels;
    uint64_t count = 0;
  };

  bool BeganBeforeTheChange(const parse::LogRecord& record) const;
  void SwitchTo(NameTable::Id pool, const parse::LogRecord& record);
  Failovers& FailoversOf(NameTable::Id from, NameTable::Id to);
  Failovers& OpenFailovers(NameTable::Id from, NameTable::Id to);

  const NameTable& names_;
  SeriesBudget& budget_;
  std::vector<Pool> pools_;
  std::vector<Failovers> failovers_;
  std::optional<NameTable::Id> active_;
  NameTable::Id streak_pool_ = NameTable::kAbsent;  ///< who gave the last answers
  int streak_ = 0;                                  ///< how many on end
  std::optional<Timestamp> changed_at_;             ///< by the log's time
};

}  // namespace tocsin::traffic
