#include "base/http/sessions.h"

#include <exception>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/http/gate.h"

namespace tocsin::http {

/// Counts a handler call for as long as it lives, even when the pool drops it without running it.
class Sessions::Call {
 public:
  explicit Call(std::shared_ptr<Sessions> sessions) : sessions_(std::move(sessions)) {}
  Call(Call&&) noexcept = default;
  Call& operator=(Call&&) = delete;
  ~Call() {
    if (!sessions_) return;
    const std::lock_guard lock(sessions_->mutex_);
    --sessions_->calls_;
    sessions_->changed_.notify_all();
  }
  Sessions* operator->() const { return sessions_.get(); }

 private:
  std::shared_ptr<Sessions> sessions_;
};

Sessions::Sessions(async::Pool& pool, ServerOptions options, Router router, Logger log)
    : pool_(pool), options_(std::move(options)), router_(std::move(router)), log_(std::move(log)) {}

void Sessions::WhenRoom(std::function<void()> ready) {
  {
    const std::lock_guard lock(mutex_);
    if (open_.size() >= static_cast<size_t>(options_.max_connections)) {
      waiting_.push_back(std::move(ready));
      return;
    }
  }
  ready();
}

bool Sessions::Add(const std::shared_ptr<Session>& session) {
  const std::lock_guard lock(mutex_);
  if (draining_) return false;
  open_.emplace(session.get(), session);
  return true;
}

void Sessions::Remove(const Session* session) {
  std::vector<std::function<void()>> ready;
  {
    const std::lock_guard lock(mutex_);
    if (open_.erase(session) == 0) return;
    ready.swap(waiting_);
    changed_.notify_all();
  }
  for (auto& call : ready) WhenRoom(std::move(call));
}

void Sessions::Dispatch(Request request, Responder responder) {
  Post(std::move(request), std::move(responder),
       options_.gate == nullptr ? &Sessions::Route : &Sessions::Admit);
}

void Sessions::Post(Request request, Responder responder, Step step) {
  {
    const std::lock_guard lock(mutex_);
    if (aborted_) return;
    ++calls_;
  }
  boost::asio::post(
      io(), [call = Call(shared_from_this()), request = std::move(request), responder = std::move(responder),
             step]() mutable { call->Run(std::move(request), responder, step); });
}

void Sessions::Run(Request request, const Responder& responder, Step step) {
  const std::string what = request.method + " " + request.path;
  std::string fault;
  try {
    return (this->*step)(std::move(request), responder);
  } catch (const std::exception& e) {
    fault = e.what();
  } catch (...) {
    fault = "an exception of an unknown type";
  }
  log_.Error("Request handler failed", {{"request", what}, {"err", fault}});
  responder(Response::Text(500, "internal server error\n"));
}

void Sessions::Admit(Request request, const Responder& responder) {
  options_.gate->Admit(std::move(request), responder,
                       [self = shared_from_this()](Request admitted, Responder answer) {
                         self->Post(std::move(admitted), std::move(answer), &Sessions::Route);
                       });
}

void Sessions::Route(Request request, const Responder& responder) {
  router_.Dispatch(std::move(request), responder);
}

std::vector<std::shared_ptr<Session>> Sessions::Open() {
  std::vector<std::shared_ptr<Session>> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, weak] : open_) {
    if (auto session = weak.lock()) out.push_back(std::move(session));
  }
  return out;
}

void Sessions::Stop(Duration drain) {
  {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    waiting_.clear();
  }
  for (const auto& session : Open()) session->Drain();
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, drain, [this] { return open_.empty(); });
    aborted_ = true;
  }
  for (const auto& session : Open()) session->Abort();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return open_.empty() && calls_ == 0; });
}

}  // namespace tocsin::http
