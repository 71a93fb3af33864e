#include "base/curl/watches.h"

#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tocsin::curl {

namespace asio = boost::asio;

/// Waits on a descriptor of its own for the socket, so that it does not matter when libcurl closes it, nor
/// who has its number then.
struct Watches::Watch {
  Watch(const Strand& strand, curl_socket_t s) : descriptor(strand), socket(s) {
    const int own = fcntl(s, F_DUPFD_CLOEXEC, 0);
    if (own >= 0) descriptor.assign(own);
  }
  ~Watch() { Release(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  void Release() {
    wanted = 0;
    boost::system::error_code ignored;
    descriptor.close(ignored);
  }
  asio::posix::stream_descriptor descriptor;
  const curl_socket_t socket;
  int wanted = 0;          // of CURL_POLL_IN, CURL_POLL_OUT
  int waiting = 0;         // of the same
  bool connected = false;  // something was to be read from it
};

Watches::Watches(Strand strand, std::weak_ptr<void> owner, Act act)
    : strand_(std::move(strand)), owner_(std::move(owner)), act_(std::move(act)) {}

Watches::~Watches() { Close(); }

void Watches::Own(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &Watches::OnOpen);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &Watches::OnClose);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
}

curl_socket_t Watches::OnOpen(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
  const curl_socket_t opened = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (opened != CURL_SOCKET_BAD) static_cast<Watches*>(self)->owned_.insert(opened);
  return opened;
}

int Watches::OnClose(void* self, curl_socket_t socket) {
  static_cast<Watches*>(self)->Forget(socket);
  static_cast<Watches*>(self)->owned_.erase(socket);
  return close(socket);
}

void Watches::Forget(curl_socket_t socket) {
  const auto found = watches_.find(socket);
  if (found == watches_.end()) return;
  found->second->Release();
  watches_.erase(found);
}

void Watches::Close() {
  closed_ = true;
  for (const auto& [socket, watch] : watches_) watch->Release();
  watches_.clear();
}

void Watches::Want(curl_socket_t socket, int what) {
  if (closed_ && what != CURL_POLL_REMOVE) return;
  const auto found = watches_.find(socket);
  if (what == CURL_POLL_REMOVE) {
    if (found == watches_.end()) return;
    found->second->wanted = 0;
    // One that was given up while it connected libcurl closes itself (7.88: cf_socket_close), past OnClose().
    if (!found->second->connected) owned_.erase(socket);
    if (!owned_.contains(socket)) Forget(socket);
    return;
  }
  auto watch = found != watches_.end() ? found->second : std::make_shared<Watch>(strand_, socket);
  if (found == watches_.end()) watches_.emplace(socket, watch);
  watch->wanted = what;
  watch->connected = watch->connected || (what & CURL_POLL_IN) != 0;
  Await(watch, CURL_POLL_IN);
  Await(watch, CURL_POLL_OUT);
}

void Watches::Await(const std::shared_ptr<Watch>& watch, int direction) {
  if ((watch->wanted & direction) == 0 || (watch->waiting & direction) != 0) return;
  watch->waiting |= direction;
  const bool reads = direction == CURL_POLL_IN;
  watch->descriptor.async_wait(
      reads ? asio::posix::stream_descriptor::wait_read : asio::posix::stream_descriptor::wait_write,
      [this, owner = owner_.lock(), watch, direction, reads](const boost::system::error_code& error) {
        watch->waiting &= ~direction;
        if (closed_ || (watch->wanted & direction) == 0) return;
        const int ready = reads ? CURL_CSELECT_IN : CURL_CSELECT_OUT;
        act_(watch->socket, error ? CURL_CSELECT_ERR : ready);
        // Without a descriptor of its own (the process has no more) there is only libcurl's timer.
        if (!closed_ && watch->descriptor.is_open()) Await(watch, direction);
      });
}

}  // namespace tocsin::curl
