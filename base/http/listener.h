// A bound address that accepts connections. Private to the server.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "base/http/sessions.h"

namespace tocsin::http {

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  /// Binds `address` as ServerOptions::listen describes it. kInvalidArgument or kUnavailable, naming it.
  static Result<std::shared_ptr<Listener>> Bind(std::string_view address, std::shared_ptr<Sessions> sessions);

  /// Takes over a TCP socket that listens already.
  static Result<std::shared_ptr<Listener>> Adopt(int socket, std::shared_ptr<Sessions> sessions);

  std::string address() const;
  void Start();
  /// Returns when the address is free again. Not to be called on the pool.
  void Stop();

  explicit Listener(std::shared_ptr<Sessions> sessions);

 private:
  using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Strand>;

  Status Open(const boost::asio::ip::tcp::endpoint& endpoint);
  void AwaitRoom();
  void Accept();
  void OnAccept(const boost::system::error_code& error, Socket socket);

  const std::shared_ptr<Sessions> sessions_;
  Strand strand_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
};

/// "127.0.0.1:9113", "[::1]:9113"; an IPv4 address mapped into IPv6 as what it is.
std::string ToString(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace tocsin::http
