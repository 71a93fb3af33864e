#include "exporter/certificates/handshake.h"

#include <chrono>
#include <ctime>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <openssl/bn.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace tocsin::certificates {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int64_t kMillisPerSecond = 1000;

std::string NameOf(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0) return "";
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : std::string();
}

std::string SerialOf(const X509* certificate) {
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr), &BN_free);
  if (!number) return "";
  char* hex = BN_bn2hex(number.get());
  std::string text = hex == nullptr ? "" : hex;
  OPENSSL_free(hex);
  return text;
}

std::optional<Timestamp> EndOf(const X509* certificate) {
  std::tm utc{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &utc) != 1) return std::nullopt;
  return Timestamp::FromMillis(static_cast<int64_t>(timegm(&utc)) * kMillisPerSecond);
}

Result<Served> Read(SSL* connection) {
  const X509* own = SSL_get0_peer_certificate(connection);
  const std::optional<Timestamp> end = own == nullptr ? std::nullopt : EndOf(own);
  if (!end) return Fail(ErrorCode::kUnavailable, "the server showed no certificate that can be read");
  Served served{*end, NameOf(X509_get_issuer_name(own)), SerialOf(own)};
  const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(connection);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const std::optional<Timestamp> other = EndOf(sk_X509_value(chain, i));
    if (other && *other < served.not_after) served.not_after = *other;
  }
  return served;
}

/// Resolve, connect, shake hands; whatever ends it calls back once. Each step keeps it alive.
class Handshake : public std::enable_shared_from_this<Handshake> {
 public:
  Handshake(asio::io_context& io, std::shared_ptr<asio::ssl::context> context, Address address, Done done)
      : address_(std::move(address)),
        context_(std::move(context)),
        strand_(asio::make_strand(io)),
        resolver_(strand_),
        stream_(strand_, *context_),
        timer_(strand_),
        done_(std::move(done)) {}

  void Begin(Duration timeout) {
    asio::dispatch(strand_, [self = shared_from_this(), timeout] {
      self->timer_.expires_after(std::chrono::milliseconds(timeout.count()));
      self->timer_.async_wait([self](error_code error) {
        if (!error) self->End(Fail(ErrorCode::kTimeout, "no handshake within the time limit"));
      });
      self->resolver_.async_resolve(self->address_.host, self->address_.port,
                                    [self](error_code error, const tcp::resolver::results_type& found) {
                                      if (self->Goes(error)) self->Connect(found);
                                    });
    });
  }

 private:
  void Connect(const tcp::resolver::results_type& found) {
    asio::async_connect(stream_.next_layer(), found,
                        [self = shared_from_this()](error_code error, const tcp::endpoint& /*endpoint*/) {
                          if (self->Goes(error)) self->Shake();
                        });
  }

  void Shake() {
    if (!address_.server_name.empty()) {
      SSL_set_tlsext_host_name(stream_.native_handle(), address_.server_name.c_str());
    }
    stream_.async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](error_code error) {
      if (self->Goes(error)) self->End(Read(self->stream_.native_handle()));
    });
  }

  bool Goes(error_code error) {
    if (error) End(Fail(ErrorCode::kUnavailable, error.message()));
    return done_ != nullptr;
  }

  void End(Result<Served> outcome) {
    if (!done_) return;
    timer_.cancel();
    resolver_.cancel();
    error_code ignored;
    stream_.next_layer().close(ignored);
    std::exchange(done_, nullptr)(std::move(outcome));
  }

  const Address address_;
  const std::shared_ptr<asio::ssl::context> context_;
  asio::strand<asio::io_context::executor_type> strand_;
  tcp::resolver resolver_;
  asio::ssl::stream<tcp::socket> stream_;
  asio::steady_timer timer_;
  Done done_;  // null once called
};

}  // namespace

Look LookByHandshake(async::Pool& pool, Duration timeout) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  context->set_verify_mode(asio::ssl::verify_none);
  return [&pool, timeout, context](const Address& address, Done done) {
    std::make_shared<Handshake>(pool.io(), context, address, std::move(done))->Begin(timeout);
  };
}

}  // namespace tocsin::certificates
