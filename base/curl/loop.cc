#include "base/curl/loop.h"

#include <atomic>
#include <chrono>
#include <unordered_map>
#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

namespace tocsin::curl {

namespace asio = boost::asio;
using boost::system::error_code;

/// Idle connections kept for reuse, over all hosts.
constexpr long kKeptConnections = 256;

struct Loop::Entry {
  explicit Entry(std::shared_ptr<Transfer> t) : transfer(std::move(t)) {}
  const std::shared_ptr<Transfer> transfer;
  std::atomic<bool> settled = false;  // whoever sets it decides: Finish() is called, or never will be
};

/// All but the constructor and Post() happens on the strand. The waits under way keep it alive.
class Loop::Core : public std::enable_shared_from_this<Core> {
 public:
  explicit Core(async::Pool& pool)
      : io_(pool.io()), strand_(asio::make_strand(pool.io())), timer_(strand_), multi_(curl_multi_init()) {
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Core::OnSocket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Core::OnTimer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kKeptConnections);
  }
  ~Core() { Close(); }
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  template <typename Step>
  void Post(Step step) {
    asio::post(strand_, [self = shared_from_this(), step = std::move(step)]() mutable { step(*self); });
  }

  void Add(const std::shared_ptr<Entry>& entry) {
    if (entry->settled) return;
    if (!multi_) return Settle(entry, CURLE_ABORTED_BY_CALLBACK);
    CURL* easy = entry->transfer->easy();
    if (entry->transfer->setup() != CURLE_OK) return Settle(entry, entry->transfer->setup());
    if (curl_multi_add_handle(multi_, easy) != CURLM_OK) return Settle(entry, CURLE_FAILED_INIT);
    running_.emplace(easy, entry);
  }

  void Cancel(const Entry& entry) {
    CURL* easy = entry.transfer->easy();
    if (running_.contains(easy)) Remove(easy);
  }

  void Close() {
    if (!multi_) return;
    closing_ = true;
    while (!running_.empty()) Settle(Remove(running_.begin()->first), CURLE_ABORTED_BY_CALLBACK);
    curl_multi_cleanup(std::exchange(multi_, nullptr));
    timer_.cancel();
  }

 private:
  /// A socket of libcurl's that we wait for. We never close it.
  struct Watch {
    Watch(const asio::strand<asio::io_context::executor_type>& strand, curl_socket_t s)
        : descriptor(strand, s), socket(s) {}
    ~Watch() { Release(); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    void Release() {
      wanted = 0;
      if (descriptor.is_open()) descriptor.release();
    }
    asio::posix::stream_descriptor descriptor;
    const curl_socket_t socket;
    int wanted = 0;  // of CURL_POLL_IN, CURL_POLL_OUT
    int waiting = 0;
  };

  static int OnSocket(CURL* /*easy*/, curl_socket_t socket, int what, void* self, void* /*unused*/) {
    static_cast<Core*>(self)->WatchSocket(socket, what);
    return 0;
  }

  static int OnTimer(CURLM* /*multi*/, long millis, void* self) {
    static_cast<Core*>(self)->SetTimer(millis);
    return 0;
  }

  void WatchSocket(curl_socket_t socket, int what) {
    const auto found = watches_.find(socket);
    if (what == CURL_POLL_REMOVE) {
      if (found == watches_.end()) return;
      found->second->Release();
      watches_.erase(found);
      return;
    }
    if (closing_) return;
    auto watch = found != watches_.end() ? found->second : std::make_shared<Watch>(strand_, socket);
    if (found == watches_.end()) watches_.emplace(socket, watch);
    watch->wanted = what;
    Await(watch, CURL_POLL_IN, asio::posix::stream_descriptor::wait_read);
    Await(watch, CURL_POLL_OUT, asio::posix::stream_descriptor::wait_write);
  }

  void Await(const std::shared_ptr<Watch>& watch, int direction,
             asio::posix::stream_descriptor::wait_type how) {
    if ((watch->wanted & direction) == 0 || (watch->waiting & direction) != 0) return;
    watch->waiting |= direction;
    watch->descriptor.async_wait(
        how, [self = shared_from_this(), watch, direction, how](const error_code& error) {
          watch->waiting &= ~direction;
          if (!self->multi_ || (watch->wanted & direction) == 0) return;
          const int ready = direction == CURL_POLL_IN ? CURL_CSELECT_IN : CURL_CSELECT_OUT;
          self->Act(watch->socket, error ? CURL_CSELECT_ERR : ready);
          self->Await(watch, direction, how);
        });
  }

  void SetTimer(long millis) {
    if (millis < 0) {
      timer_.cancel();
      return;
    }
    timer_.expires_after(std::chrono::milliseconds(millis));
    timer_.async_wait([weak = weak_from_this()](const error_code& error) {
      const auto self = weak.lock();
      if (error || !self || !self->multi_ || self->timer_.expiry() > std::chrono::steady_clock::now()) return;
      self->Act(CURL_SOCKET_TIMEOUT, 0);
    });
  }

  void Act(curl_socket_t socket, int ready) {
    int running = 0;
    curl_multi_socket_action(multi_, socket, ready, &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      Settle(Remove(message->easy_handle), code);
    }
  }

  std::shared_ptr<Entry> Remove(CURL* easy) {
    curl_multi_remove_handle(multi_, easy);
    return std::move(running_.extract(easy).mapped());
  }

  /// Finish() runs the client's code: elsewhere on the pool, so that it holds up no other transfer.
  void Settle(const std::shared_ptr<Entry>& entry, CURLcode code) {
    asio::post(io_, [entry, code] {
      if (!entry->settled.exchange(true)) entry->transfer->Finish(code);
    });
  }

  asio::io_context& io_;
  asio::strand<asio::io_context::executor_type> strand_;
  asio::steady_timer timer_;
  CURLM* multi_;  // nullptr once closed
  bool closing_ = false;
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  std::unordered_map<CURL*, std::shared_ptr<Entry>> running_;
};

Loop::Loop(async::Pool& pool) : core_(std::make_shared<Core>(pool)) {}

Loop::~Loop() {
  core_->Post([](Core& core) { core.Close(); });
}

Loop::Ticket Loop::Start(std::shared_ptr<Transfer> transfer) {
  auto entry = std::make_shared<Entry>(std::move(transfer));
  core_->Post([entry](Core& core) { core.Add(entry); });
  return {core_, std::move(entry)};
}

Loop::Ticket::Ticket(std::shared_ptr<Core> core, std::shared_ptr<Entry> entry)
    : core_(std::move(core)), entry_(std::move(entry)) {}

Loop::Ticket::~Ticket() {
  if (!entry_ || entry_->settled.exchange(true)) return;
  core_->Post([entry = entry_](Core& core) { core.Cancel(*entry); });
}

}  // namespace tocsin::curl
