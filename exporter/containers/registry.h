// Which containers there are, what became of those that are gone, and what only their history tells: how
// often they were begun again, how many of their processes the kernel killed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/time.h"
#include "exporter/checkpoint/codec.h"
#include "exporter/containers/cgroup.h"
#include "exporter/containers/container.h"
#include "exporter/containers/series_labels.h"
#include "exporter/containers/stats.h"
#include "exporter/kernel/kernel_file.h"
#include "exporter/kernel/write_watch.h"

namespace tocsin::containers {

/// A container that is there, and what a scrape keeps of it.
struct Tracked {
  // Of the present run; made at the first scrape of it.
  bool looked_for = false;
  std::unique_ptr<CgroupReader> cgroup;  ///< none when it does not run, or its cgroup can't be found
  kernel::KernelFile net;
  Limits limits;
  bool limits_known = false;  ///< they were read, and nobody said since that they changed
  std::unique_ptr<kernel::WriteWatch::Files> limit_writes;  ///< none where they can't be watched
  std::optional<Timestamp> limits_due;                      ///< when they are read in any case

  uint64_t restarts = 0;
  uint64_t counted_restarts = 0;  ///< of the engine's count, those that are in `restarts`
  uint64_t oom_kills_before = 0;  ///< of its earlier runs
  uint64_t oom_events = 0;        ///< that the engine told of in this run
  uint64_t oom_counted = 0;       ///< that the cgroup had counted in this run when it was last read
  bool stopped = false;           ///< by someone's wish, since its last start
  bool start_noted = false;       ///< a run has begun whose particulars are still to come
  std::string labels;
  Container info;

  /// Of all its runs that we know of. A kill that took the first process with it takes the cgroup's own count
  /// along, so the largest of what the cgroup, the events and the engine say of a run counts.
  uint64_t oom_kills() const;
  /// Whether it ought to run: it does, or it was stopped or failed. Not so one that did its work and ended
  /// well without being stopped, unless its restart policy lets it never end.
  bool is_expected() const;
  /// Adds what was killed in the present run to those before it.
  void EndRun();
  /// Drops what belongs to a run.
  void ForgetRun();
};

/// One that ought to be there and is not. Its id and image are gone with it.
struct Removed {
  Container info;
  Timestamp since;
  bool stopped = false;  ///< it was stopped before it went
  std::string labels;
};

struct RegistryOptions {
  std::vector<std::string> label_globs;
  Duration remember{24 * 3600 * 1000};  ///< for how long a removed one is told of
};

/// Not thread safe: belongs to one strand. `clock` must outlive it.
class Registry {
 public:
  Registry(RegistryOptions options, const Clock& clock);

  /// A container is there and is like that, new or changed.
  void Update(Container container);
  /// It is there no more.
  void Remove(const std::string& id);
  /// What the events tell beside the state that they change.
  void NoteStarted(const std::string& id);
  void NoteStopped(const std::string& id);
  void NoteOutOfMemory(const std::string& id);
  void NoteLimitsChanged(const std::string& id);
  void NoteNetworkRemoved(const std::string& name);
  /// The engine's whole list after a time without events: what is not in it is gone. `networks` are those
  /// that there are; a compose project whose own networks are gone with its containers was taken down
  /// cleanly.
  void Reconcile(const std::set<std::string>& ids, const std::set<std::string>& networks);
  /// Only cgroups tell what there is: keeps those of the given ids, nameless.
  void ReconcileNameless(const std::map<std::string, std::string>& cgroups);

  std::map<std::string, Tracked>& containers() { return containers_; }
  /// Those that have been gone for less than the time to remember.
  const std::map<std::string, Removed>& removed();

  void Save(checkpoint::Writer& out) const;
  /// Those that were there when it was saved are awaited: what the first Reconcile() does not list is
  /// removed.
  Status Restore(checkpoint::Reader& in);

 private:
  void AddRemoved(const Container& info, bool stopped, Timestamp since);
  bool ProjectIsGone(std::string_view project) const;
  void ForgetProjectWithoutNetworks(std::string_view project);
  template <typename Gone>
  void ForgetProjects(Gone networks_gone);

  RegistryOptions options_;
  LabelChoice choice_;
  const Clock& clock_;
  std::map<std::string, Tracked> containers_;  ///< by id
  std::map<std::string, Removed> removed_;     ///< by name
  std::map<std::string, Removed> awaited_;     ///< by name; from the checkpoint, until the first list
};

}  // namespace tocsin::containers
