// Waits for the sockets that libcurl names. Private to the room.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <curl/curl.h>

namespace tocsin::curl {

/// Used on `strand` alone. Sockets of owned transfers' connections are known to Asio for as long as they are
/// open, which saves each transfer over a kept connection that work; others, as those that libcurl's resolver
/// has, only while they are waited for.
class Watches {
 public:
  using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;
  /// `ready` is of CURL_CSELECT_IN, _OUT and _ERR.
  using Act = std::function<void(curl_socket_t socket, int ready)>;

  /// `act` is called on the strand while `owner` lives; a wait under way keeps the owner alive.
  Watches(Strand strand, std::weak_ptr<void> owner, Act act);
  ~Watches();
  Watches(const Watches&) = delete;
  Watches& operator=(const Watches&) = delete;

  /// For CURLMOPT_SOCKETFUNCTION: CURL_POLL_IN, _OUT, _INOUT, or _REMOVE.
  void Want(curl_socket_t socket, int what);
  /// Has the transfer's connections opened and closed here.
  void Own(CURL* easy);
  /// No waiting any more; sockets may still be closed.
  void Close();

 private:
  struct Watch;

  static curl_socket_t OnOpen(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnClose(void* self, curl_socket_t socket);
  void Await(const std::shared_ptr<Watch>& watch, int direction);
  void Forget(curl_socket_t socket);

  const Strand strand_;
  const std::weak_ptr<void> owner_;
  const Act act_;
  bool closed_ = false;
  std::unordered_set<curl_socket_t> owned_;
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
};

}  // namespace tocsin::curl
