// TLS on top of a TCP socket, as the server's connections use it. Private to the server.
#pragma once

#include <memory>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/error_code.hpp>

namespace tocsin::http {

template <typename Socket>
class TlsStream : public boost::asio::ssl::stream<Socket> {
 public:
  TlsStream(Socket socket, std::shared_ptr<boost::asio::ssl::context> context)
      : boost::asio::ssl::stream<Socket>(std::move(socket), *context), context_(std::move(context)) {}

 private:
  std::shared_ptr<boost::asio::ssl::context> context_;  // the certificate checks hang on it
};

/// True when a handshake failed because the client speaks HTTP without TLS.
inline bool IsPlainHttp(const boost::system::error_code& error) {
  return error.category() == boost::asio::error::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_HTTP_REQUEST;
}

/// True when a handshake failed for what the peers said to each other, and not for a client that went away.
inline bool IsRefusal(const boost::system::error_code& error) {
  return error.category() == boost::asio::error::get_ssl_category();
}

}  // namespace tocsin::http
