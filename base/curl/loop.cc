#include "base/curl/loop.h"

#include <atomic>
#include <chrono>
#include <optional>
#include <unordered_map>
#include <utility>

#include <boost/asio/defer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/curl/watches.h"

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
      : io_(pool.io()), strand_(asio::make_strand(pool.io())), alarm_(strand_), multi_(curl_multi_init()) {}
  ~Core() { Close(); }
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  void Start() {
    watches_.emplace(strand_, weak_from_this(), [this](curl_socket_t s, int ready) { Act(s, ready); });
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Core::OnSocket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Core::OnTimer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kKeptConnections);
  }

  template <typename Step>
  void Post(Step step) {
    asio::post(strand_, [self = shared_from_this(), step = std::move(step)]() mutable { step(*self); });
  }

  void Add(const std::shared_ptr<Entry>& entry) {
    if (entry->settled) return;
    if (!multi_) return Settle(entry, CURLE_ABORTED_BY_CALLBACK);
    CURL* easy = entry->transfer->easy();
    if (entry->transfer->setup() != CURLE_OK) return Settle(entry, entry->transfer->setup());
    if (!entry->transfer->opens_sockets()) watches_->Own(easy);
    acting_ = true;  // what the timer is set to is done at once
    const CURLMcode added = curl_multi_add_handle(multi_, easy);
    acting_ = false;
    if (added != CURLM_OK) return Settle(entry, CURLE_FAILED_INIT);
    running_.emplace(easy, entry);
    Act(CURL_SOCKET_TIMEOUT, 0);
  }

  void Cancel(const Entry& entry) {
    CURL* easy = entry.transfer->easy();
    if (running_.contains(easy)) Remove(easy);
  }

  void Close() {
    if (!multi_) return;
    while (!running_.empty()) Settle(Remove(running_.begin()->first), CURLE_ABORTED_BY_CALLBACK);
    if (watches_) watches_->Close();
    curl_multi_cleanup(std::exchange(multi_, nullptr));
    alarm_.cancel();
  }

 private:
  using Time = std::chrono::steady_clock::time_point;

  static int OnSocket(CURL* /*easy*/, curl_socket_t socket, int what, void* self, void* /*unused*/) {
    static_cast<Core*>(self)->watches_->Want(socket, what);
    return 0;
  }

  static int OnTimer(CURLM* /*multi*/, long millis, void* self) {
    static_cast<Core*>(self)->SetTimer(millis);
    return 0;
  }

  /// libcurl sets its timer many times for each transfer. An alarm that rings too early looks, and waits on.
  void SetTimer(long millis) {
    due_.reset();
    if (millis >= 0) due_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(millis);
    if (!acting_) Arm();
  }

  void Arm() {
    if (!due_ || !multi_ || (armed_for_ && *armed_for_ <= *due_)) return;
    armed_for_ = due_;
    alarm_.expires_at(*due_);
    alarm_.async_wait([weak = weak_from_this()](const error_code& error) {
      const auto self = weak.lock();
      if (!error && self && self->multi_) self->Ring();
    });
  }

  void Ring() {
    armed_for_.reset();
    if (!due_ || *due_ > std::chrono::steady_clock::now()) return Arm();
    due_.reset();
    Act(CURL_SOCKET_TIMEOUT, 0);
  }

  void Act(curl_socket_t socket, int ready) {
    acting_ = true;
    int running = 0;
    curl_multi_socket_action(multi_, socket, ready, &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      Settle(Remove(message->easy_handle), code);
    }
    acting_ = false;
    Arm();
  }

  std::shared_ptr<Entry> Remove(CURL* easy) {
    curl_multi_remove_handle(multi_, easy);
    return std::move(running_.extract(easy).mapped());
  }

  /// Finish() runs the client's code: elsewhere on the pool, so that it holds up no other transfer. What we
  /// do ends soon, so this thread may be the one: no other has to be woken for it.
  void Settle(const std::shared_ptr<Entry>& entry, CURLcode code) {
    asio::defer(io_, [entry, code] {
      if (!entry->settled.exchange(true)) entry->transfer->Finish(code);
    });
  }

  asio::io_context& io_;
  const Watches::Strand strand_;
  asio::steady_timer alarm_;
  CURLM* multi_;  // nullptr once closed
  bool acting_ = false;
  std::optional<Time> due_;        // when libcurl wants to be called
  std::optional<Time> armed_for_;  // when the alarm rings
  std::optional<Watches> watches_;
  std::unordered_map<CURL*, std::shared_ptr<Entry>> running_;
};

Loop::Loop(async::Pool& pool) : core_(std::make_shared<Core>(pool)) { core_->Start(); }

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
