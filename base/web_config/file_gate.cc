#include "base/web_config/file_gate.h"

#include <chrono>
#include <utility>

#include <boost/asio/ssl/context.hpp>
#include <sys/stat.h>

#include "base/web_config/rate_limiter.h"
#include "base/web_config/sign_in.h"
#include "base/web_config/tls_context.h"

namespace tocsin::web_config {

using http::Request;
using http::Responder;
using http::Response;

struct FileGate::State {
  Config config;
  std::shared_ptr<boost::asio::ssl::context> tls;
};

/// What tells one content of a file from another without reading it.
struct FileGate::Stamp {
  ino_t inode = 0;
  off_t size = 0;
  timespec changed{};

  static Stamp Of(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return {};
    return {found.st_ino, found.st_size, found.st_ctim};
  }
  friend bool operator==(const Stamp& a, const Stamp& b) {
    return a.inode == b.inode && a.size == b.size && a.changed.tv_sec == b.changed.tv_sec &&
           a.changed.tv_nsec == b.changed.tv_nsec;
  }
};

void FileGate::Watch::Add(const std::string& file) {
  files.push_back(file);
  stamps.push_back(Stamp::Of(file));
}

bool FileGate::Watch::Changed() const {
  for (size_t i = 0; i < files.size(); ++i) {
    if (!(Stamp::Of(files[i]) == stamps[i])) return true;
  }
  return false;
}

namespace {

/// Adds the configured headers to an answer, behind those that it has.
class WithHeaders final : public Responder::Impl {
 public:
  WithHeaders(Responder inner, http::Headers headers)
      : inner_(std::move(inner)), headers_(std::move(headers)) {}
  void Send(Response response) override {
    for (const auto& [name, value] : headers_) {
      if (response.headers.Find(name) == nullptr) response.headers.Add(name, value);
    }
    inner_(std::move(response));
  }

 private:
  const Responder inner_;
  const http::Headers headers_;
};

Response Refusal(SignIn::Verdict verdict) {
  if (verdict == SignIn::Verdict::kBusy) {
    Response busy = Response::Text(503, "too many sign-ins at once\n");
    busy.headers.Add("Retry-After", "1");
    return busy;
  }
  Response response = Response::Text(401, "Unauthorized\n");
  response.headers.Add("WWW-Authenticate", "Basic realm=\"tocsin\", charset=\"UTF-8\"");
  return response;
}

}  // namespace

Checked<std::shared_ptr<const FileGate::State>> FileGate::Load(const std::string& path, Watch& watch) {
  watch.Add(path);
  auto config = ReadConfig(path);
  if (!config) return tl::unexpected(config.error());
  for (const std::string& file : config->files()) watch.Add(file);
  auto state = std::make_shared<State>();
  state->config = std::move(*config);
  if (state->config.tls) {
    auto context = MakeTlsContext(*state->config.tls);
    if (!context) return tl::unexpected(Errors{context.error()});
    state->tls = std::move(*context);
  }
  return std::shared_ptr<const State>(std::move(state));
}

Checked<void> CheckFile(const std::string& path) {
  return FileGate::Open(path, Logger()).map([](const auto&) {});
}

Checked<std::unique_ptr<FileGate>> FileGate::Open(const std::string& path, const Logger& log) {
  Watch watch;
  auto state = Load(path, watch);
  if (!state) return tl::unexpected(state.error());
  log.Info((*state)->tls ? "TLS is enabled" : "TLS is disabled",
           {{"http2", false}, {"users", (*state)->config.users.size()}});
  if ((*state)->config.http2_asked)
    log.Info("HTTP/2 is not served: clients speak HTTP/1.1", {{"file", path}});
  return std::unique_ptr<FileGate>(new FileGate(path, log, std::move(*state), std::move(watch)));
}

FileGate::FileGate(std::string path, Logger log, std::shared_ptr<const State> state, Watch watch)
    : path_(std::move(path)),
      log_(std::move(log)),
      uses_tls_(state->tls != nullptr),
      state_(std::move(state)),
      watch_(std::move(watch)),
      limiter_(std::make_unique<RateLimiter>()),
      sign_in_(std::make_unique<SignIn>()) {
  limiter_->Set(state_->config.rate_limit, std::chrono::steady_clock::now());
}

FileGate::~FileGate() = default;

Checked<void> FileGate::Reload() {
  const std::lock_guard lock(reading_);
  return Replace();
}

Checked<std::function<void()>> FileGate::Prepare() {
  const std::lock_guard lock(reading_);
  auto loaded = LoadAgain();
  if (!loaded) return tl::unexpected(loaded.error());
  return std::function<void()>([this, state = std::move(*loaded)] { Use(state); });
}

/// Under reading_.
Checked<std::shared_ptr<const FileGate::State>> FileGate::LoadAgain() {
  Watch watch;
  auto loaded = Load(path_, watch);
  watch_ = std::move(watch);
  if (loaded && ((*loaded)->tls != nullptr) != uses_tls_) {
    const std::string turn = uses_tls_ ? "off" : "on";
    loaded = tl::unexpected(Errors{Error(ErrorCode::kUnsupported,
                                         "TLS can't be switched " + turn + " while running; restart for that",
                                         Position{path_, 0, 0})});
  }
  successful_ = loaded.has_value();
  return loaded;
}

void FileGate::Use(std::shared_ptr<const State> state) {
  limiter_->Set(state->config.rate_limit, std::chrono::steady_clock::now());
  const std::lock_guard lock(mutex_);
  state_ = std::move(state);
}

/// Under reading_.
Checked<void> FileGate::Replace() {
  auto loaded = LoadAgain();
  if (!loaded) {
    for (const Error& error : loaded.error())
      log_.Error("Web configuration refused, the one before stays", {{"err", error}});
    return tl::unexpected(loaded.error());
  }
  Use(std::move(*loaded));
  log_.Info("Web configuration read", {{"file", path_}});
  return {};
}

std::shared_ptr<const FileGate::State> FileGate::Current() {
  std::shared_ptr<const State> state;
  {
    const std::lock_guard lock(mutex_);
    state = state_;
  }
  const std::unique_lock reading(reading_, std::try_to_lock);
  if (!reading.owns_lock()) return state;  // another request is about it
  if (!watch_.Changed() || !Replace()) return state;
  const std::lock_guard lock(mutex_);
  return state_;
}

std::shared_ptr<boost::asio::ssl::context> FileGate::Tls() { return uses_tls_ ? Current()->tls : nullptr; }

void FileGate::Admit(Request request, Responder responder, const Next& next) {
  const auto state = Current();
  if (!state->config.headers.empty()) {
    responder = Responder(std::make_shared<WithHeaders>(std::move(responder), state->config.headers));
  }
  if (!limiter_->Allow(std::chrono::steady_clock::now())) {
    return responder(Response::Text(429, "Too Many Requests\n"));
  }
  if (state->config.users.empty()) return next(std::move(request), std::move(responder));
  const auto given = ParseBasic(request.headers.Get("Authorization"));
  if (!given) return responder(Refusal(SignIn::Verdict::kBad));
  auto waiting = std::make_shared<Request>(std::move(request));
  sign_in_->Check(state->config.users, *given, [waiting, responder, next](SignIn::Verdict verdict) {
    if (verdict != SignIn::Verdict::kGood) return responder(Refusal(verdict));
    next(std::move(*waiting), responder);
  });
}

}  // namespace tocsin::web_config
