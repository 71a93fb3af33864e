#include "exporter/containers/engine.h"

#include <algorithm>
#include <array>
#include <utility>

#include "exporter/containers/engine_json.h"

namespace tocsin::containers {

namespace {

constexpr size_t kInspectsAtOnce = 4;
constexpr size_t kMaxLineBytes = size_t{1} << 20;
constexpr Duration kFirstBackoff{1'000};
constexpr Duration kLongestBackoff{30'000};
/// Everything is listed again now and then, should an event ever be missed.
constexpr Duration kListEvery{5 * 60 * 1000};

/// What changes nothing that we tell of; health checks run by `exec`, so there may be many.
bool IsIdleTalk(std::string_view action) {
  constexpr std::array<std::string_view, 12> kIdle = {"attach", "detach",       "resize",  "top",
                                                      "copy",   "archive-path", "export",  "commit",
                                                      "sync",   "prune",        "cleanup", "extract-to-dir"};
  return action.starts_with("exec") || std::find(kIdle.begin(), kIdle.end(), action) != kIdle.end();
}

Error ToError(const http::ClientResponse& response) {
  return {ErrorCode::kUnavailable, "the engine answered with status " + std::to_string(response.status)};
}

}  // namespace

Result<http::ClientRequest> EngineRequest(const EngineOptions& options) {
  const std::string& host = options.host;
  http::ClientRequest request;
  request.timeout = options.timeout;
  request.tls = options.tls;
  const auto begins = [&host](std::string_view scheme) { return host.starts_with(scheme); };
  if (begins("unix://")) {
    request.unix_socket = host.substr(7);
    request.url = "http://engine";
  } else if (begins("tcp://")) {
    request.url = "http://" + host.substr(6);
  } else if (begins("http://") || begins("https://")) {
    request.url = host;
  }
  while (request.url.ends_with('/')) request.url.pop_back();
  const bool has_socket = !begins("unix://") || request.unix_socket.starts_with('/');
  if (request.url.empty() || !has_socket) {
    return Fail(ErrorCode::kInvalidArgument,
                "--docker.host must be unix:///path, tcp://host:port, http:// or https://, not " +
                    http::RedactUrl(host));
  }
  return request;
}

Result<std::unique_ptr<Engine>> Engine::Make(EngineOptions options, http::Client& client,
                                             std::shared_ptr<async::Strand> strand, Registry& registry,
                                             Logger log) {
  Result<http::ClientRequest> base = EngineRequest(options);
  if (!base) return Fail(base.error());
  log = log.With({{"engine", http::RedactUrl(options.host)}});
  return std::unique_ptr<Engine>(
      new Engine(std::move(options), *std::move(base), client, std::move(strand), registry, std::move(log)));
}

Engine::Engine(EngineOptions options, http::ClientRequest base, http::Client& client,
               std::shared_ptr<async::Strand> strand, Registry& registry, Logger log)
    : options_(std::move(options)),
      base_(std::move(base)),
      client_(client),
      strand_(std::move(strand)),
      registry_(registry),
      log_(std::move(log)),
      backoff_(kFirstBackoff) {}

Engine::~Engine() = default;

void Engine::Start() { OpenEvents(); }

http::ClientRequest Engine::RequestFor(const std::string& path) const {
  http::ClientRequest request = base_;
  request.url += path;
  return request;
}

void Engine::Ask(const std::string& path, std::function<void(const Answer&)> take) {
  const uint64_t number = session_->next_request++;
  auto arrived = [this, strand = strand_, weak = std::weak_ptr(session_), number,
                  take = std::move(take)](Answer answer) {
    strand->Post([this, weak, number, take, answer = std::move(answer)] {
      const auto session = weak.lock();
      if (!session || session != session_) return;
      session->requests.erase(number);
      take(answer);
    });
  };
  session_->requests[number] = client_.Send(RequestFor(path), std::move(arrived));
}

void Engine::OpenEvents() {
  session_ = std::make_shared<Session>();
  const auto on_strand = [this, strand = strand_, weak = std::weak_ptr(session_)](auto act) {
    strand->Post([this, weak, act = std::move(act)] {
      const auto session = weak.lock();
      if (session && session == session_) act(*this);
    });
  };
  http::ClientRequest request =
      RequestFor("/events?filters=" + http::UrlEncode(R"({"type":["container","network"]})"));
  request.stream = http::Stream{
      [on_strand](int status) { on_strand([status](Engine& self) { self.TakeOpened(status); }); },
      [on_strand](std::string_view part) {
        on_strand([part = std::string(part)](Engine& self) { self.TakeEvents(part); });
      }};
  session_->events = client_.Send(std::move(request), [on_strand](const Answer& answer) {
    const Error why =
        answer ? Error(ErrorCode::kUnavailable, "the stream of events has ended") : answer.error();
    on_strand([why](Engine& self) { self.Lose(why); });
  });
  timer_ = strand_->After(options_.timeout, [this] {
    if (!session_->opened) Lose(Error(ErrorCode::kTimeout, "no answer to the request for events"));
  });
}

void Engine::TakeOpened(int status) {
  session_->opened = true;
  if (status == 200) return AskForAll();
  http::ClientResponse refused;
  refused.status = status;
  Lose(ToError(refused));
}

void Engine::TakeEvents(std::string_view part) {
  session_->rest += part;
  // What one event sets off may end the session, so it is asked for anew each time.
  for (auto session = session_; session == session_;) {
    const size_t end = session->rest.find('\n');
    if (end == std::string::npos) break;
    const std::string line = session->rest.substr(0, end);
    session->rest.erase(0, end + 1);
    TakeLine(line);
  }
  if (session_->rest.size() > kMaxLineBytes)
    Lose(Error(ErrorCode::kResourceExhausted, "an event without an end"));
}

void Engine::TakeLine(std::string_view line) {
  if (line.find_first_not_of(" \r\t") == std::string_view::npos) return;
  const Result<Event> event = ParseEvent(line);
  if (event) return TakeEvent(*event);
  log_.Debug("Not an event", {{"err", event.error()}});
}

void Engine::TakeEvent(const Event& event) {
  if (event.type == "network") {
    if (event.action == "destroy" || event.action == "remove") registry_.NoteNetworkRemoved(event.name);
    return;
  }
  if (event.type != "container" || event.id.empty() || IsIdleTalk(event.action)) return;
  if (event.action == "destroy" || event.action == "remove") return TakeGone(event.id);
  if (event.action == "start") registry_.NoteStarted(event.id);
  if (event.action == "stop") registry_.NoteStopped(event.id);
  if (event.action == "update") registry_.NoteLimitsChanged(event.id);
  if (event.action == "oom") registry_.NoteOutOfMemory(event.id);
  Inspect(event.id);
}

/// Its answer may be under way still, and would bring it back.
void Engine::TakeGone(const std::string& id) {
  const auto under_way = session_->inspected.find(id);
  if (under_way != session_->inspected.end()) under_way->second = Meanwhile::kGone;
  session_->present.erase(id);
  registry_.Remove(id);
}

/// What an event brings from here on may be younger than the list that is answered.
void Engine::AskForAll() {
  session_->listing = true;
  session_->present.clear();
  Ask("/networks", [this](const Answer& networks) {
    if (!networks) return Lose(networks.error());
    if (networks->status != 200) return Lose(ToError(*networks));
    const auto names = ParseNetworkList(networks->body);
    if (!names) return Lose(names.error());
    session_->networks = {names->begin(), names->end()};
    Ask("/containers/json?all=1", [this](const Answer& answer) { TakeList(answer); });
  });
}

void Engine::TakeList(const Answer& answer) {
  if (!answer) return Lose(answer.error());
  if (answer->status != 200) return Lose(ToError(*answer));
  const auto ids = ParseContainerList(answer->body);
  if (!ids) return Lose(ids.error());
  session_->listing = false;
  session_->synced = false;
  session_->present.insert(ids->begin(), ids->end());
  for (const std::string& id : *ids) Inspect(id);
  FinishSync();
}

void Engine::Inspect(const std::string& id) {
  const auto under_way = session_->inspected.find(id);
  if (under_way != session_->inspected.end()) {
    under_way->second = Meanwhile::kChanged;
    return;
  }
  auto& waiting = session_->waiting;
  if (std::find(waiting.begin(), waiting.end(), id) == waiting.end()) waiting.push_back(id);
  InspectNext();
}

void Engine::InspectNext() {
  while (session_->inspected.size() < kInspectsAtOnce && !session_->waiting.empty()) {
    const std::string id = std::move(session_->waiting.front());
    session_->waiting.pop_front();
    session_->inspected[id] = Meanwhile::kNothing;
    Ask("/containers/" + http::UrlEncode(id) + "/json",
        [this, id](const Answer& answer) { TakeContainer(id, answer); });
  }
}

void Engine::TakeContainer(const std::string& id, const Answer& answer) {
  const Meanwhile meanwhile = std::exchange(session_->inspected[id], Meanwhile::kNothing);
  session_->inspected.erase(id);
  if (!answer) return Lose(answer.error());
  if (answer->status == 404) {
    TakeGone(id);
  } else if (meanwhile == Meanwhile::kGone) {
    log_.Debug("A container went away under inspection", {{"id", id}});
  } else if (auto container = answer->status == 200 ? ParseContainer(answer->body) : Fail(ToError(*answer))) {
    session_->present.insert(id);
    registry_.Update(*std::move(container));
  } else {
    log_.Warn("Can't read a container", {{"id", id}, {"err", container.error()}});
  }
  if (meanwhile == Meanwhile::kChanged) Inspect(id);
  InspectNext();
  FinishSync();
}

/// All that was listed has been looked at, and what events named meanwhile.
void Engine::FinishSync() {
  Session& session = *session_;
  if (session.synced || session.listing || !session.waiting.empty() || !session.inspected.empty()) return;
  session.synced = true;
  registry_.Reconcile(session.present, session.networks);
  if (!std::exchange(up_, true)) {
    log_.Info("Following the container engine", {{"containers", registry_.containers().size()}});
  }
  was_up_ = true;
  backoff_ = kFirstBackoff;
  last_complaint_.clear();
  timer_ = strand_->After(kListEvery, [this] { AskForAll(); });
}

void Engine::Lose(const Error& why) {
  std::string complaint = why.ToString();
  if (complaint.find("ermission denied") != std::string::npos) {
    complaint += "; the exporter's user has to be in the group of the socket";
  }
  if (std::exchange(last_complaint_, complaint) != complaint) {
    log_.Warn("Can't follow the container engine; figures of what is known go on", {{"err", complaint}});
  }
  up_ = false;
  session_ = std::make_shared<Session>();  // lets go of all that was under way
  timer_ = strand_->After(backoff_, [this] { OpenEvents(); });
  backoff_ = std::min(backoff_ * 2, kLongestBackoff);
}

}  // namespace tocsin::containers
