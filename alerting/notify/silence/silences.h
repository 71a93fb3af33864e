// All silences: made, changed, ended, forgotten, and asked whether they take an alert.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "alerting/notify/silence/silence.h"
#include "base/clock.h"

namespace tocsin::notify {

struct SilenceLimits {
  size_t max_silences = 0;  ///< expired ones count until they are forgotten; 0: no limit
  size_t max_bytes = 0;     ///< of one; 0: no limit
  Duration retention{Duration(std::chrono::hours(120))};  ///< of expired ones
};

/// Thread safe. Active and pending silences are indexed by one of their equality matchers, so that asking for
/// an alert costs one look-up a label.
class Silences {
 public:
  /// Where silences are kept across restarts; called in the order of the changes, under the lock: it must
  /// return at once. A null silence is one that was forgotten.
  using Keeper = std::function<void(const std::string& id, const SilencePtr& silence)>;

  /// `clock` must outlive it.
  explicit Silences(const Clock& clock, SilenceLimits limits = {}, Keeper keeper = {});

  /// Takes in one that was kept; no checks, no keeping.
  void Restore(Silence silence);

  /// Makes a silence, or changes the one of that id, and returns its id. What changes matchers, the start of
  /// an active one, or revives an expired one makes a new silence and ends the old one. kNotFound: no such
  /// id; kInvalidArgument: it breaks a rule; kResourceExhausted: a limit.
  Result<std::string> Set(Silence silence);
  /// Ends it now; nothing happens when it is over already. kNotFound: no such id.
  Status Expire(const std::string& id);

  SilencePtr Find(const std::string& id) const;  ///< null when there is none
  std::vector<SilencePtr> All() const;           ///< by id

  /// The ids of active silences that take an alert of these labels, sorted.
  std::vector<std::string> SilencedBy(const model::Labels& labels) const;

  /// Forgets what expired longer than the retention ago.
  void Collect();

 private:
  struct Index;

  Status CheckSize(const Silence& silence) const;
  void Keep(Silence silence);
  void End(const Silence& silence);

  const Clock& clock_;
  const SilenceLimits limits_;
  const Keeper keeper_;
  mutable std::mutex mutex_;
  std::map<std::string, SilencePtr> silences_;
  mutable std::shared_ptr<const Index> index_;  ///< of those not expired when it was made; null: make it anew
};

}  // namespace tocsin::notify
