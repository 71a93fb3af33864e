// Follows a container engine by its API, and only ever asks (GET): its events tell when something changes,
// and then that container is inspected. A scrape asks nothing.
//
// The events stream is opened first, then everything is listed and inspected, so that nothing is missed
// between the two. When the stream ends or cannot be opened, what is known stays as it is, and it is tried
// again after one second, and then ever longer up to half a minute.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/async/strand.h"
#include "base/http/client.h"
#include "base/log.h"
#include "exporter/containers/registry.h"

namespace tocsin::containers {

struct EngineOptions {
  /// "unix:///var/run/docker.sock", "tcp://host:2375" (as http), "http://host:2375", "https://host:2376".
  std::string host = "unix:///var/run/docker.sock";
  Duration timeout{10'000};  ///< for each answer
  http::TlsClientOptions tls;
};

/// A request to the engine, without its path. kInvalidArgument names the host that is none.
Result<http::ClientRequest> EngineRequest(const EngineOptions& options);

/// Lives on `strand`: its members but Make() are called there, and it touches the registry there. The client
/// must have ended before it is destroyed, or what it is in the middle of comes to nothing.
class Engine {
 public:
  /// kInvalidArgument names the host that is none. `client` and `registry` must outlive it.
  static Result<std::unique_ptr<Engine>> Make(EngineOptions options, http::Client& client,
                                              std::shared_ptr<async::Strand> strand, Registry& registry,
                                              Logger log);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Begins to follow.
  void Start();
  /// Events arrive, and all containers have been looked at.
  bool is_up() const { return up_; }
  /// It was up at least once: what the registry knows came from it.
  bool was_up() const { return was_up_; }

 private:
  using Answer = Result<http::ClientResponse>;
  using Handle = std::unique_ptr<http::Client::Handle>;

  Engine(EngineOptions options, http::ClientRequest base, http::Client& client,
         std::shared_ptr<async::Strand> strand, Registry& registry, Logger log);
  http::ClientRequest RequestFor(const std::string& path) const;
  void Ask(const std::string& path, std::function<void(const Answer&)> take);

  void OpenEvents();
  void TakeOpened(int status);
  void TakeEvents(std::string_view part);
  void TakeLine(std::string_view line);
  void TakeEvent(const Event& event);
  void TakeGone(const std::string& id);

  void AskForAll();
  void TakeList(const Answer& answer);
  void Inspect(const std::string& id);
  void InspectNext();
  void TakeContainer(const std::string& id, const Answer& answer);
  void FinishSync();
  void Lose(const Error& why);

  EngineOptions options_;
  http::ClientRequest base_;
  http::Client& client_;
  std::shared_ptr<async::Strand> strand_;
  Registry& registry_;
  Logger log_;

  /// What became of a container while it is being inspected: the answer may be older than that.
  enum class Meanwhile : uint8_t { kNothing, kChanged, kGone };

  /// What belongs to one connection; what arrives of an older one is dropped.
  struct Session {
    Handle events;
    std::map<uint64_t, Handle> requests;
    uint64_t next_request = 0;
    std::string rest;                            ///< of the stream, without a newline yet
    std::deque<std::string> waiting;             ///< ids to inspect
    std::map<std::string, Meanwhile> inspected;  ///< under way
    std::set<std::string> present;               ///< since the list was asked for: in it, or seen by an event
    std::set<std::string> networks;
    bool opened = false;
    bool listing = false;
    bool synced = false;
  };
  std::shared_ptr<Session> session_;
  async::Timer timer_;
  Duration backoff_;
  bool up_ = false;
  bool was_up_ = false;
  std::string last_complaint_;
};

}  // namespace tocsin::containers
