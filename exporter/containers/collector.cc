#include "exporter/containers/collector.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include <unistd.h>

namespace tocsin::containers {

namespace {

using exposition::Type;

/// How often limits are read that nobody is known to have changed: the bound of docs/METRICS.md. To read them
/// costs more than all figures do.
constexpr Duration kLimitsEvery{60'000};
/// Where each write to them is seen; should one ever be missed.
constexpr Duration kWatchedLimitsEvery{10 * 60'000};
constexpr Duration kSwapEvery{30'000};
constexpr Duration kWalkEvery{5'000};

/// Bridges and the like of an engine inside the container, and what never leaves it: as cAdvisor leaves them
/// out.
bool IsIgnoredInterface(std::string_view name) {
  return name == "lo" || name.starts_with("veth") || name.starts_with("docker") ||
         name.starts_with("nerdctl");
}

/// The network of a container in `host` or `container:` mode is another's, which has its own figures.
bool HasOwnNetwork(const Container& container) {
  return container.network_mode != "host" && container.network_mode != "none" &&
         !container.network_mode.starts_with("container:") && !container.network_mode.starts_with("ns:");
}

/// Whether an upstream "172.18.0.2:3000" or "[fd00::2]:3000" is that container.
bool IsAt(const Container& container, std::string_view upstream) {
  const size_t colon = upstream.rfind(':');
  if (colon == std::string_view::npos || upstream.starts_with("unix:")) return false;
  std::string_view host = upstream.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto is_host = [host](const std::string& address) { return address == host; };
  if (std::any_of(container.addresses.begin(), container.addresses.end(), is_host)) return true;
  const bool is_local = host == "127.0.0.1" || host == "::1" || host == "localhost";
  const auto leads_here = [&](const std::string& published) {
    return published == upstream || (is_local && published == upstream.substr(colon));
  };
  return std::any_of(container.published.begin(), container.published.end(), leads_here);
}

}  // namespace

size_t KeepOpenWithin(size_t wanted, uint64_t descriptors) {
  constexpr uint64_t kForOthers = 256;  // connections, logs, the host's files
  constexpr uint64_t kEach = 14;
  return descriptors <= kForOthers ? 0 : std::min<uint64_t>(wanted, (descriptors - kForOthers) / kEach);
}

Result<std::unique_ptr<Collector>> Collector::Make(Options options, const kernel::Paths& paths,
                                                   http::Client& client,
                                                   std::shared_ptr<async::Strand> strand, const Clock& clock,
                                                   Logger log) {
  std::unique_ptr<Collector> collector(new Collector(std::move(options), paths, clock));
  if (collector->options_.engine.host == "none") return collector;
  auto engine = Engine::Make(collector->options_.engine, client, std::move(strand), collector->registry_,
                             std::move(log));
  if (!engine) return Fail(engine.error());
  collector->engine_ = std::move(*engine);
  return collector;
}

Collector::Collector(Options options, const kernel::Paths& paths, const Clock& clock)
    : options_(std::move(options)),
      paths_(paths),
      clock_(clock),
      cgroups_(paths),
      limit_writes_(options_.watch.value_or(kernel::WatchesToTake())),
      registry_(options_.registry, clock),
      devices_(paths.sysfs) {}

void Collector::Start() {
  if (engine_) engine_->Start();
}

void Collector::Write(exposition::Writer& writer, const std::vector<Upstream>& upstreams) {
  const bool by_engine = engine_ && engine_->was_up();
  if (!by_engine) FindNameless();
  rows_.Clear();
  const Timestamp now = clock_.Now();
  if (!looked_for_swap_ || now - *looked_for_swap_ >= kSwapEvery) {
    looked_for_swap_ = now;
    cgroups_.LookForSwap(buffer_);
  }
  limit_writes_.Look();
  interfaces_.Trim();
  for (auto& [id, tracked] : registry_.containers()) {
    Figures& figures = rows_.Next();
    const bool has_figures = Look(tracked, figures, rows_.all().size(), now);
    rows_.Add(tracked, has_figures);
  }
  rows_.Finish();
  if (engine_) {
    writer.Family("container_engine_up", "1 while the container engine tells what there is.", Type::kGauge);
    writer.Sample("", uint64_t{engine_->is_up() ? 1U : 0U});
  }
  WriteStats(writer, rows_, devices_, now);
  WriteStates(writer, by_engine ? rows_.all() : std::span<const Row>(), registry_.removed());
  WriteMachine(writer);
  WriteUpstreams(writer, upstreams);
}

/// Without an engine only a walk over the tree shows who there is, so that it is not done at each scrape.
void Collector::FindNameless() {
  const Timestamp now = clock_.Now();
  if (walked_ && now - *walked_ < kWalkEvery) return;
  walked_ = now;
  registry_.ReconcileNameless(cgroups_.Walk());
}

bool Collector::Look(Tracked& tracked, Figures& figures, size_t index, Timestamp now) {
  if (!tracked.looked_for) LookFor(tracked, index);
  if (!tracked.cgroup) return false;
  if (!tracked.cgroup->Read(buffer_, figures.stats)) {
    tracked.oom_events = std::max(tracked.oom_events, tracked.oom_counted);  // its last word
    tracked.cgroup.reset();
    tracked.limit_writes.reset();
    tracked.net = kernel::KernelFile();  // an open one would keep the network namespace alive
    // Without an engine to tell of it, one that was begun again has a new cgroup of the same id.
    if (tracked.info.name.empty()) {
      tracked.looked_for = false;
      walked_.reset();
    }
    return false;
  }
  tracked.oom_counted = figures.stats.oom_kills.value_or(0);
  LookAtLimits(tracked, index, now);
  LookAtNetwork(tracked, figures);
  return true;
}

/// The first time for all of them in one scrape may be the same, so that their next times are spread.
void Collector::LookAtLimits(Tracked& tracked, size_t index, Timestamp now) {
  const bool written = tracked.limit_writes && tracked.limit_writes->TakeWritten();
  const bool due = !tracked.limits_due || now >= *tracked.limits_due;
  if (tracked.limits_known && !written && !due) return;
  tracked.limits_known = true;
  tracked.limits = Limits();
  tracked.cgroup->ReadLimits(buffer_, tracked.limits);
  if (!due) return;
  const Duration every = tracked.limit_writes ? kWatchedLimitsEvery : kLimitsEvery;
  constexpr size_t kParts = 60;
  constexpr size_t kStep = 37;  // without a divisor in common
  const size_t part = tracked.limits_due ? kParts : index * kStep % kParts + 1;
  tracked.limits_due = now + every * static_cast<int64_t>(part) / static_cast<int64_t>(kParts);
}

void Collector::LookFor(Tracked& tracked, size_t index) {
  tracked.looked_for = true;
  const bool is_nameless = tracked.info.name.empty();
  if (tracked.info.pid == 0 && !is_nameless) return;
  const auto path = cgroups_.Locate(tracked.info.id, tracked.info.pid, tracked.info.cgroup_parent);
  if (!path) return;
  const auto keep =
      index < options_.keep_open ? kernel::KernelFile::Keep::kOpen : kernel::KernelFile::Keep::kClosed;
  tracked.cgroup = cgroups_.Open(*path, keep);
  std::vector<std::string> limits;
  for (auto& file : tracked.cgroup->LimitFiles()) limits.push_back(std::move(file.path));
  tracked.limit_writes = limit_writes_.Watch(limits);
  tracked.limits_known = false;
  if (is_nameless || !HasOwnNetwork(tracked.info)) return;
  std::string process = std::to_string(tracked.info.pid);
  process += "/net/dev";
  tracked.net = kernel::KernelFile(paths_.Proc(process), kernel::KernelFile::Shape::kShortRecords, keep);
}

void Collector::LookAtNetwork(Tracked& tracked, Figures& figures) {
  const std::optional<std::string_view> text = tracked.net.Read(buffer_);
  if (!text) return;
  kernel::ParseNetDev(*text, net_devices_);
  for (const kernel::NetDevice& device : net_devices_) {
    if (IsIgnoredInterface(device.name)) continue;
    figures.interfaces.push_back({&interfaces_.Of(device.name), device.counters});
  }
}

void Collector::WriteMachine(exposition::Writer& writer) {
  writer.Family("machine_cpu_cores", "Processors of the machine.", Type::kGauge);
  writer.Sample("", static_cast<uint64_t>(std::max(::sysconf(_SC_NPROCESSORS_ONLN), 0L)));
  writer.Family("machine_memory_bytes", "Memory of the machine.", Type::kGauge);
  const auto pages = static_cast<uint64_t>(std::max(::sysconf(_SC_PHYS_PAGES), 0L));
  writer.Sample("", pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)));
}

void Collector::WriteUpstreams(exposition::Writer& writer, const std::vector<Upstream>& upstreams) {
  bool open = false;
  for (const auto& [address, pool] : upstreams) {
    const auto found = std::ranges::find_if(rows_.all(), [&address = address](const Row& row) {
      return row.container->info.is_up() && IsAt(row.container->info, address);
    });
    if (found == rows_.all().end()) continue;
    if (!std::exchange(open, true)) {
      writer.Family("nginx_upstream_container_info",
                    "1; the container that answers at an upstream's address.", Type::kInfo);
    }
    const std::string& container = found->container->info.name;
    writer.Sample(exposition::RenderLabels({{"upstream", address}, {"container", container}, {"pool", pool}}),
                  uint64_t{1});
  }
}

}  // namespace tocsin::containers
