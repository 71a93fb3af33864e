// Which pool serves, when that changed, and what release each pool runs.
//
// The idea: a pool that serves keeps answering, so a run of good answers from other pools alone, the serving
// one giving none, means that another has taken over. How long a run must be depends on how surprising it is:
// when the others never answered lately a few answers prove it, when a canary or an even split shares the
// traffic it takes a run that chance would hardly give. With `share` of the recent answers from the others, a
// run of n is chance with share^n; it convinces below
//   - one in a million while the serving pool is failing (an attempt on it has failed since it last
//     succeeded), which is 3 answers when no other pool shared the traffic;
//   - one in a thousand million when nothing failed (somebody switched), which is 5 then.
// So a single request that was retried elsewhere is a retry, not a failover; nginx's trial requests (with
// max_fails=1 fail_timeout=2s one each two seconds) change nothing, whether they fail or succeed once; and a
// canary does not flap. A request that began before the change was logged, or before the serving pool
// failed, says nothing of what came after: slow answers trickle in. The pool that is seen first serves,
// without a failover.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/exposition/writer.h"
#include "base/time.h"
#include "exporter/checkpoint/codec.h"
#include "exporter/parse/log_record.h"
#include "exporter/traffic/name_table.h"
#include "exporter/traffic/series_budget.h"

namespace tocsin::traffic {

/// `pools` (the names) and `budget` must outlive it.
class PoolTracker {
 public:
  PoolTracker(const NameTable& pools, SeriesBudget& budget) : names_(pools), budget_(budget) {}

  static constexpr uint64_t kSeriesPerPool = 1;
  /// Opens its series: not active, no failover from or to it. Once for each pool.
  void AddPool(NameTable::Id pool);

  struct Answer {
    NameTable::Id pool = NameTable::kAbsent;
    bool succeeded = false;      ///< an answer came, and it is no 5xx
    bool active_failed = false;  ///< an attempt on the active pool failed
  };
  /// True when the serving pool has changed with this answer. `record` is asked for its times only when there
  /// is something to decide. The pool must have been added unless it is kAbsent or kOther.
  bool Observe(const Answer& answer, const parse::LogRecord& record);
  /// There is an active pool, and it has not failed since its last success.
  bool is_sound() const { return active_ && !failing_; }
  /// Observe() of a good answer of the active pool, while that is sound.
  void ObserveSound() {
    CountAnswer(true);
    if (run_ != 0) EndRun();
  }
  void ObserveRelease(NameTable::Id pool, std::string_view release);

  std::optional<NameTable::Id> active() const { return active_; }

  void Write(exposition::Writer& writer) const;

  void Save(checkpoint::Writer& out) const;
  /// `ids` are those of the pools by the numbers that they had when saved; all of them have been added.
  Status Restore(checkpoint::Reader& in, std::span<const NameTable::Id> ids);

 private:
  struct Pool {
    NameTable::Id id = NameTable::kAbsent;
    std::string labels;
    std::string release;  ///< as the log has it
    std::string release_labels;
    int run = 0;  ///< its part of run_
  };
  struct Failovers {
    NameTable::Id from;
    NameTable::Id to;
    std::string labels;
    uint64_t count = 0;
  };
  /// Answers in a block of Recent.
  static constexpr uint32_t kBlock = 1000;
  /// Answers of the last one to two thousand: `before` is a full block of them, `now` the one being filled.
  struct Recent {
    uint32_t now = 0;
    uint32_t before = 0;
    uint32_t sum() const { return now + before; }
  };

  Pool* Find(NameTable::Id pool);
  void CountAnswer(bool by_active) {
    ++answers_.now;
    if (by_active) ++active_answers_.now;
    if (answers_.now >= kBlock) BeginBlock();
  }
  void BeginBlock();
  void EndRun();
  int RunThatConvinces() const;
  bool BeganBeforeTheChange(const parse::LogRecord& record) const;
  bool BeganBeforeTheFailure(const parse::LogRecord& record) const;
  void SwitchTo(NameTable::Id pool, const parse::LogRecord& record);
  Failovers& FailoversOf(NameTable::Id from, NameTable::Id to);
  Failovers& OpenFailovers(NameTable::Id from, NameTable::Id to);
  void SetRelease(Pool& pool, std::string_view release);

  const NameTable& names_;
  SeriesBudget& budget_;
  std::vector<Pool> pools_;
  std::vector<Failovers> failovers_;
  std::optional<NameTable::Id> active_;
  int run_ = 0;                          ///< good answers of other pools since the active one gave one
  bool failing_ = false;                 ///< the active pool failed since its last success
  std::optional<Timestamp> failed_at_;   ///< when it began to, by the log's milliseconds
  std::optional<Timestamp> changed_at_;  ///< by the log's time
  Recent answers_;                       ///< good ones since the active pool became so
  Recent active_answers_;
};

}  // namespace tocsin::traffic
