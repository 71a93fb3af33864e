#include "base/http/listener.h"

#include <charconv>
#include <future>
#include <optional>
#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <fmt/format.h>
#include <sys/socket.h>

#include "base/http/connection.h"
#include "base/http/gate.h"

namespace tocsin::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct HostPort {
  std::string host;
  uint16_t port = 0;
};

Result<HostPort> Split(std::string_view address) {
  const auto invalid = [&] {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("invalid listen address \"{}\", expected HOST:PORT", address));
  };
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return invalid();
  HostPort out;
  const std::string_view port = address.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || end != port.data() + port.size()) return invalid();
  std::string_view host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    return invalid();
  }
  out.host = host;
  return out;
}

/// As Go's net.Listen: of a name's addresses the first IPv4 one, or the first.
Result<tcp::endpoint> Resolve(asio::io_context& io, const HostPort& at) {
  error_code error;
  if (const auto literal = asio::ip::make_address(at.host, error); !error)
    return tcp::endpoint(literal, at.port);
  const auto found = tcp::resolver(io).resolve(at.host, fmt::to_string(at.port), error);
  if (error || found.empty()) return Fail(ErrorCode::kUnavailable, error.message());
  for (const auto& entry : found) {
    if (entry.endpoint().address().is_v4()) return entry.endpoint();
  }
  return found.begin()->endpoint();
}

}  // namespace

std::string ToString(const tcp::endpoint& endpoint) {
  asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  const std::string host = address.to_string();
  return address.is_v6() ? fmt::format("[{}]:{}", host, endpoint.port())
                         : fmt::format("{}:{}", host, endpoint.port());
}

Listener::Listener(std::shared_ptr<Sessions> sessions)
    : sessions_(std::move(sessions)),
      strand_(asio::make_strand(sessions_->io())),
      acceptor_(strand_),
      pause_(strand_) {}

Result<std::shared_ptr<Listener>> Listener::Bind(std::string_view address,
                                                 std::shared_ptr<Sessions> sessions) {
  const auto at = Split(address);
  if (!at) return Fail(at.error());
  auto listener = std::make_shared<Listener>(std::move(sessions));
  Status opened;
  if (at->host.empty()) {
    // One IPv6 socket serves IPv4 too; a host without IPv6 still has IPv4.
    opened = listener->Open(tcp::endpoint(tcp::v6(), at->port));
    if (!opened && opened.error().code() == ErrorCode::kUnsupported) {
      opened = listener->Open(tcp::endpoint(tcp::v4(), at->port));
    }
  } else {
    const auto endpoint = Resolve(listener->sessions_->io(), *at);
    opened = endpoint ? listener->Open(*endpoint) : Status(Fail(endpoint.error()));
  }
  if (!opened) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("can't listen on {}: {}", address, opened.error().message()));
  }
  return listener;
}

Result<std::shared_ptr<Listener>> Listener::Adopt(int socket, std::shared_ptr<Sessions> sessions) {
  sockaddr_storage local{};
  socklen_t size = sizeof(local);
  int listens = 0;
  socklen_t listens_size = sizeof(listens);
  const bool good = ::getsockname(socket, reinterpret_cast<sockaddr*>(&local), &size) == 0 &&
                    ::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_size) == 0 &&
                    listens != 0;
  const bool internet = local.ss_family == AF_INET || local.ss_family == AF_INET6;
  auto listener = std::make_shared<Listener>(std::move(sessions));
  error_code error;
  if (good && internet) {
    listener->acceptor_.assign(local.ss_family == AF_INET ? tcp::v4() : tcp::v6(), socket, error);
    if (!error) return listener;
  }
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("socket {} that was passed to us is not a listening TCP socket", socket));
}

/// kUnsupported when the system has no such address family, so that another may be tried.
Status Listener::Open(const tcp::endpoint& endpoint) {
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (error) return Fail(ErrorCode::kUnsupported, error.message());
  acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (endpoint.address().is_v6()) {
    acceptor_.set_option(asio::ip::v6_only(!endpoint.address().is_unspecified()), error);
  }
  acceptor_.bind(endpoint, error);
  const bool no_family = error == asio::error::address_family_not_supported || error.value() == EADDRNOTAVAIL;
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) return {};
  error_code ignored;
  acceptor_.close(ignored);
  return Fail(no_family ? ErrorCode::kUnsupported : ErrorCode::kUnavailable, error.message());
}

std::string Listener::address() const {
  error_code ignored;
  const tcp::endpoint local = acceptor_.local_endpoint(ignored);
  return ToString(local);
}

void Listener::Start() { AwaitRoom(); }

void Listener::AwaitRoom() {
  sessions_->WhenRoom(
      [self = shared_from_this()] { asio::dispatch(self->strand_, [self] { self->Accept(); }); });
}

void Listener::Accept() {
  if (!acceptor_.is_open()) return;
  acceptor_.async_accept(asio::make_strand(sessions_->io()),
                         [self = shared_from_this()](const error_code& error, Socket socket) {
                           self->OnAccept(error, std::move(socket));
                         });
}

void Listener::OnAccept(const error_code& error, Socket socket) {
  if (!acceptor_.is_open()) return;
  if (error) {
    // Out of descriptors, most likely: the backlog keeps the client until some are free again.
    sessions_->log().Warn("Accepting a connection failed",
                          {{"address", address()}, {"err", error.message()}});
    pause_.expires_after(Duration(100));
    pause_.async_wait([self = shared_from_this()](const error_code&) { self->AwaitRoom(); });
    return;
  }
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const tcp::endpoint remote = socket.remote_endpoint(ignored);
  Gate* gate = sessions_->options().gate;
  if (auto tls = gate == nullptr ? nullptr : gate->Tls()) {
    std::make_shared<Connection<TlsStream<Socket>>>(ToString(remote), sessions_, std::move(socket),
                                                    std::move(tls))
        ->Start();
  } else {
    std::make_shared<Connection<Socket>>(ToString(remote), sessions_, std::move(socket))->Start();
  }
  AwaitRoom();
}

void Listener::Stop() {
  std::promise<void> closed;
  asio::dispatch(strand_, [&] {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    closed.set_value();
  });
  closed.get_future().wait();
}

}  // namespace tocsin::http
