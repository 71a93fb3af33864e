// Containers as metrics: who there is comes from the engine, figures from the kernel at each scrape.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/async/strand.h"
#include "base/exposition/writer.h"
#include "base/http/client.h"
#include "base/log.h"
#include "exporter/checkpoint/codec.h"
#include "exporter/containers/cgroup.h"
#include "exporter/containers/engine.h"
#include "exporter/containers/families.h"
#include "exporter/containers/registry.h"
#include "exporter/kernel/kernel_file.h"
#include "exporter/kernel/paths.h"
#include "exporter/kernel/write_watch.h"

namespace tocsin::containers {

struct Options {
  EngineOptions engine;  ///< with host "none": cgroups alone
  RegistryOptions registry;
  /// Containers whose files stay open between scrapes; those beyond are opened anew each time, which costs
  /// about twice as much.
  size_t keep_open = 1000;
  /// Files whose writes are watched, so that limits are read when they change; by default what the user's
  /// supply allows. Those of containers beyond are read each minute.
  std::optional<size_t> watch;
};

/// How many of `wanted` may be kept open where the process may have `descriptors`: the rest of it needs some,
/// too.
size_t KeepOpenWithin(size_t wanted, uint64_t descriptors);

/// An upstream server of nginx, as its log names it, and the pool that it belongs to ("" when that is not
/// known).
using Upstream = std::pair<std::string, std::string>;

/// Lives on `strand`, as its Engine does.
class Collector {
 public:
  /// kInvalidArgument for an engine's address that is none. `client` and `clock` must outlive it.
  static Result<std::unique_ptr<Collector>> Make(Options options, const kernel::Paths& paths,
                                                 http::Client& client, std::shared_ptr<async::Strand> strand,
                                                 const Clock& clock, Logger log);

  /// Begins to follow the engine. On the strand.
  void Start();
  void Write(exposition::Writer& writer, const std::vector<Upstream>& upstreams);

  void Save(checkpoint::Writer& out) const { registry_.Save(out); }
  Status Restore(checkpoint::Reader& in) { return registry_.Restore(in); }
  Registry& registry() { return registry_; }

 private:
  Collector(Options options, const kernel::Paths& paths, const Clock& clock);

  void FindNameless();
  /// False when it has no figures.
  bool Look(Tracked& tracked, Figures& figures, size_t index, Timestamp now);
  void LookFor(Tracked& tracked, size_t index);
  void LookAtLimits(Tracked& tracked, size_t index, Timestamp now);
  void LookAtNetwork(Tracked& tracked, Figures& figures);
  void WriteMachine(exposition::Writer& writer);
  void WriteUpstreams(exposition::Writer& writer, const std::vector<Upstream>& upstreams);

  Options options_;
  kernel::Paths paths_;
  const Clock& clock_;
  CgroupTree cgroups_;
  kernel::WriteWatch limit_writes_;
  Registry registry_;
  std::unique_ptr<Engine> engine_;
  DeviceLabels devices_;
  InterfaceLabels interfaces_;
  kernel::ReadBuffer buffer_;
  std::vector<kernel::NetDevice> net_devices_;
  Rows rows_;  ///< of the scrape at hand
  std::optional<Timestamp> walked_;
  std::optional<Timestamp> looked_for_swap_;
};

}  // namespace tocsin::containers
