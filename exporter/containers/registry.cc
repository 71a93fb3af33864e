#include "exporter/containers/registry.h"

#include <algorithm>
#include <utility>

namespace tocsin::containers {

namespace {

constexpr uint32_t kSaveVersion = 1;

bool IsOwnNetwork(std::string_view network, std::string_view project) {
  return network.starts_with(project) && network.substr(project.size()).starts_with('_');
}

bool HasOwnNetwork(const Removed& removed) {
  const std::string_view project = removed.info.compose_project();
  return std::any_of(removed.info.networks.begin(), removed.info.networks.end(),
                     [project](const std::string& network) { return IsOwnNetwork(network, project); });
}

uint64_t OomKillsOfRun(const Tracked& tracked) {
  return std::max({tracked.oom_counted, tracked.oom_events, uint64_t{tracked.info.oom_killed ? 1U : 0U}});
}

/// What is remembered of a container that is gone.
void Save(checkpoint::Writer& out, const Removed& removed) {
  out.Text(removed.info.name);
  out.Text(removed.info.restart_policy);
  out.Text(removed.info.started_at);
  out.SignedInt(removed.since.millis());
  out.Bool(removed.stopped);
  out.Int(removed.info.labels.size());
  for (const auto& [key, value] : removed.info.labels) {
    out.Text(key);
    out.Text(value);
  }
  out.Int(removed.info.networks.size());
  for (const std::string& network : removed.info.networks) out.Text(network);
}

Removed RestoreRemoved(checkpoint::Reader& in) {
  Removed removed;
  removed.info.name = in.Text();
  removed.info.restart_policy = in.Text();
  removed.info.started_at = in.Text();
  removed.since = Timestamp::FromMillis(in.SignedInt());
  removed.stopped = in.Bool();
  for (uint64_t i = in.Count(2); i > 0; --i) {
    std::string key(in.Text());
    removed.info.labels.emplace_back(std::move(key), in.Text());
  }
  for (uint64_t i = in.Count(); i > 0; --i) removed.info.networks.emplace_back(in.Text());
  return removed;
}

}  // namespace

uint64_t Tracked::oom_kills() const { return oom_kills_before + OomKillsOfRun(*this); }

bool Tracked::is_expected() const {
  if (info.state == State::kCreated) return false;
  if (info.is_up() || info.state == State::kRestarting || info.state == State::kRemoving) return true;
  const bool never_ends = info.restart_policy == "always" || info.restart_policy == "unless-stopped";
  return never_ends || stopped || info.exit_code != 0;
}

void Tracked::EndRun() {
  oom_kills_before = oom_kills();
  oom_events = 0;
  info.oom_killed = false;
  oom_counted = 0;
}

void Tracked::ForgetRun() {
  looked_for = false;
  cgroup.reset();
  net = kernel::KernelFile();
  oom_counted = 0;
  limits = Limits();
  limits_known = false;
  limit_writes.reset();
}

Registry::Registry(RegistryOptions options, const Clock& clock)
    : options_(std::move(options)), choice_(options_.label_globs), clock_(clock) {}

/// Restarts are counted at starts alone: the engine counts one already when it decides to try again, long
/// before.
void Registry::Update(Container container) {
  removed_.erase(container.name);
  Tracked& tracked = containers_[container.id];
  const bool is_new = tracked.info.name.empty();  // one that was known by its cgroup alone, too
  const auto counted = [](const Container& c) {
    return c.restart_count - std::min<uint64_t>(c.restart_count, c.state == State::kRestarting ? 1 : 0);
  };
  if (is_new) {
    tracked.restarts = tracked.counted_restarts = counted(container);
    const auto awaited = awaited_.find(container.name);
    tracked.stopped = awaited != awaited_.end() && awaited->second.stopped &&
                      awaited->second.info.started_at == container.started_at;
  } else if (container.started_at != tracked.info.started_at) {
    const bool ran_before = !tracked.info.never_ran();
    const uint64_t now = counted(container);
    const uint64_t more = now > tracked.counted_restarts ? now - tracked.counted_restarts : 1;
    if (ran_before) tracked.restarts += more;
    tracked.counted_restarts = now;
    if (!std::exchange(tracked.start_noted, false)) tracked.EndRun();
    tracked.stopped = false;
    tracked.ForgetRun();
  }
  awaited_.erase(container.name);
  if (container.pid == 0 || container.pid != tracked.info.pid) {
    const uint64_t kills = OomKillsOfRun(tracked);  // the cgroup's own count goes with the run
    tracked.ForgetRun();
    tracked.oom_events = std::max(tracked.oom_events, kills);
  }
  tracked.info = std::move(container);
  tracked.labels = RenderSeriesLabels(tracked.info, choice_);
}

void Registry::Remove(const std::string& id) {
  const auto found = containers_.find(id);
  if (found == containers_.end()) return;
  const Tracked gone = std::move(found->second);
  containers_.erase(found);
  if (!gone.info.is_service() || !gone.is_expected()) return;
  // A successor may have the name already: compose renames the old one out of the way.
  const bool has_successor = std::any_of(containers_.begin(), containers_.end(), [&gone](const auto& entry) {
    return entry.second.info.name == gone.info.name;
  });
  if (has_successor) return;
  AddRemoved(gone.info, gone.stopped, clock_.Now());
  ForgetProjectWithoutNetworks(gone.info.compose_project());
}

void Registry::AddRemoved(const Container& info, bool stopped, Timestamp since) {
  Removed removed;
  removed.info = info;
  removed.info.id.clear();
  removed.info.image.clear();
  removed.since = since;
  removed.stopped = stopped;
  removed.labels = RenderSeriesLabels(removed.info, choice_);
  removed_.insert_or_assign(info.name, std::move(removed));
}

void Registry::NoteStopped(const std::string& id) {
  const auto found = containers_.find(id);
  if (found != containers_.end()) found->second.stopped = true;
}

/// The kills of the new run may be told of before its first Update() is here.
void Registry::NoteStarted(const std::string& id) {
  const auto found = containers_.find(id);
  if (found == containers_.end()) return;
  found->second.EndRun();
  found->second.start_noted = true;
}

void Registry::NoteOutOfMemory(const std::string& id) {
  const auto found = containers_.find(id);
  if (found != containers_.end()) ++found->second.oom_events;
}

void Registry::NoteLimitsChanged(const std::string& id) {
  const auto found = containers_.find(id);
  if (found != containers_.end()) found->second.limits_known = false;
}

bool Registry::ProjectIsGone(std::string_view project) const {
  return std::none_of(containers_.begin(), containers_.end(), [project](const auto& entry) {
    return entry.second.info.compose_project() == project;
  });
}

/// Forgets the removed ones of the compose projects that have no container left and of whose removed ones
/// `networks_gone` is true of at least one.
template <typename Gone>
void Registry::ForgetProjects(Gone networks_gone) {
  std::set<std::string, std::less<>> projects;
  for (const auto& [name, removed] : removed_) {
    const std::string_view project = removed.info.compose_project();
    if (!project.empty() && networks_gone(removed) && ProjectIsGone(project)) projects.emplace(project);
  }
  std::erase_if(removed_, [&projects](const auto& entry) {
    return projects.contains(entry.second.info.compose_project());
  });
}

/// The last thing that `compose down` does, when all containers of the project are gone.
void Registry::NoteNetworkRemoved(const std::string& name) {
  ForgetProjects([&name](const Removed& removed) {
    const auto& networks = removed.info.networks;
    return std::find(networks.begin(), networks.end(), name) != networks.end();
  });
}

/// A project on networks that are not its own leaves no such trace: it was taken down when each of its
/// containers was stopped before it went.
void Registry::ForgetProjectWithoutNetworks(std::string_view project) {
  if (project.empty() || !ProjectIsGone(project)) return;
  const bool all_stopped = std::all_of(removed_.begin(), removed_.end(), [project](const auto& entry) {
    const Removed& removed = entry.second;
    return removed.info.compose_project() != project || (removed.stopped && !HasOwnNetwork(removed));
  });
  if (!all_stopped) return;
  std::erase_if(removed_,
                [project](const auto& entry) { return entry.second.info.compose_project() == project; });
}

void Registry::Reconcile(const std::set<std::string>& ids, const std::set<std::string>& networks) {
  std::vector<std::string> gone;
  for (const auto& [id, tracked] : containers_) {
    if (!ids.contains(id)) gone.push_back(id);
  }
  for (const std::string& id : gone) Remove(id);
  for (const auto& [name, removed] : std::exchange(awaited_, {})) {
    AddRemoved(removed.info, removed.stopped, clock_.Now());
  }
  ForgetProjects([&networks](const Removed& removed) {
    if (!HasOwnNetwork(removed)) return false;
    return std::none_of(removed.info.networks.begin(), removed.info.networks.end(),
                        [&networks](const std::string& network) { return networks.contains(network); });
  });
}

void Registry::ReconcileNameless(const std::map<std::string, std::string>& cgroups) {
  std::erase_if(containers_, [&cgroups](const auto& entry) { return !cgroups.contains(entry.first); });
  for (const auto& [id, path] : cgroups) {
    const auto [found, is_new] = containers_.try_emplace(id);
    if (!is_new) continue;
    found->second.info.id = id;
    found->second.info.state = State::kRunning;
    found->second.labels = RenderSeriesLabels(found->second.info, choice_);
  }
}

const std::map<std::string, Removed>& Registry::removed() {
  const Timestamp now = clock_.Now();
  std::erase_if(removed_, [&](const auto& entry) { return now - entry.second.since >= options_.remember; });
  return removed_;
}

void Registry::Save(checkpoint::Writer& out) const {
  out.Section("containers", kSaveVersion, [&] {
    std::vector<Removed> here;
    here.reserve(containers_.size() + awaited_.size());
    for (const auto& [id, tracked] : containers_) {
      if (!tracked.info.is_service() || !tracked.is_expected()) continue;
      Removed& one = here.emplace_back();
      one.info = tracked.info;
      one.stopped = tracked.stopped;
    }
    for (const auto& [name, awaited] : awaited_) here.push_back(awaited);
    out.Int(here.size());
    for (const Removed& one : here) containers::Save(out, one);
    out.Int(removed_.size());
    for (const auto& [name, removed] : removed_) containers::Save(out, removed);
  });
}

Status Registry::Restore(checkpoint::Reader& in) {
  checkpoint::Reader body = in.Section("containers", kSaveVersion);
  std::vector<Removed> awaited;
  std::vector<Removed> removed;
  constexpr size_t kLeastBytes = 7;
  for (uint64_t i = body.Count(kLeastBytes); i > 0 && body.ok(); --i) awaited.push_back(RestoreRemoved(body));
  for (uint64_t i = body.Count(kLeastBytes); i > 0 && body.ok(); --i) removed.push_back(RestoreRemoved(body));
  if (Status read = body.Finish(); !read) return read;
  for (Removed& one : awaited) {
    std::string name = one.info.name;
    awaited_.insert_or_assign(std::move(name), std::move(one));
  }
  for (const Removed& one : removed) AddRemoved(one.info, one.stopped, one.since);
  return {};
}

}  // namespace tocsin::containers
