// One client's connection: reads a request, has it handled, writes the answer, and again. Private to the
// server; a template over the stream, so that what is true of a TCP socket is true of TLS on top of one.
//
// Idea: everything happens on the stream's own strand, in phases, with one deadline at a time. While the
// connection is idle, or a handler works, a read of what comes next is under way ("reading ahead"): it starts
// the next request, and it is how we notice that the client went away. It stops at the first bytes, so that
// at most one read is ever outstanding and pipelined requests wait in the buffer.
#pragma once

#include <array>
#include <atomic>
#include <utility>
// Boost 1.74 uses std::exchange without including it.
#include <memory>
#include <stop_token>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/http/compression.h"
#include "base/http/request.h"
#include "base/http/response.h"
#include "base/http/sessions.h"
#include "base/http/tls_stream.h"

namespace tocsin::http {

template <typename Stream>
class Connection final : public Session, public std::enable_shared_from_this<Connection<Stream>> {
 public:
  /// `stream` is what the stream is made from; its executor must be a strand.
  template <typename... Parts>
  Connection(std::string remote, std::shared_ptr<Sessions> sessions, Parts&&... stream)
      : sessions_(std::move(sessions)),
        stream_(std::forward<Parts>(stream)...),
        remote_(std::move(remote)),
        deadline_(stream_.get_executor()) {}
  ~Connection() override { Close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Begins to serve, unless the server is stopping. The connection keeps itself alive until it closes.
  void Start() {
    if (!sessions_->Add(this->shared_from_this())) return;
    OnStrand([](Connection& c) { c.Begin(); });
  }

  void Drain() override {
    OnStrand([](Connection& c) {
      c.draining_ = true;
      if (c.phase_ == Phase::kIdle) c.Close();
    });
  }

  void Abort() override {
    OnStrand([](Connection& c) { c.Close(); });
  }

 private:
  using Error = boost::system::error_code;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  static constexpr bool kTls = requires(Stream& stream) { stream.next_layer(); };
  enum class Phase { kHandshake, kIdle, kHeader, kBody, kHandling, kWriting, kLingering, kClosed };

  /// The one chance to answer the request being handled. Keeps the connection alive until it is gone.
  class Answer final : public Responder::Impl {
   public:
    Answer(std::shared_ptr<Connection> connection, bool accepts_gzip)
        : connection_(std::move(connection)), accepts_gzip_(accepts_gzip) {}
    ~Answer() override { Send(Response::Text(500, "the request was not answered\n")); }
    void Send(Response response) override {
      if (sent_.exchange(true)) return;
      Compress(response, accepts_gzip_);  // here, on the handler's thread, and not on the strand
      connection_->OnStrand([response = std::move(response)](Connection& c) mutable {
        if (c.phase_ == Phase::kHandling) c.Write(std::move(response));
      });
    }

   private:
    const std::shared_ptr<Connection> connection_;
    const bool accepts_gzip_;
    std::atomic<bool> sent_ = false;
  };

  const ServerOptions& options() const { return sessions_->options(); }
  auto& socket() { return boost::beast::get_lowest_layer(stream_); }

  template <typename Step>
  void OnStrand(Step step) {
    boost::asio::dispatch(stream_.get_executor(), [self = this->shared_from_this(),
                                                   step = std::move(step)]() mutable { step(*self); });
  }

  /// Wraps a member into a completion handler that keeps the connection alive and ends quietly once closed.
  template <typename Step>
  auto Then(Step step) {
    return [self = this->shared_from_this(), step](Error error, size_t bytes) {
      if (self->phase_ != Phase::kClosed) ((*self).*step)(error, bytes);
    };
  }

  void Deadline(Duration after) {
    deadline_.expires_after(after);
    deadline_.async_wait([weak = this->weak_from_this()](Error error) {
      const auto self = weak.lock();
      if (error || !self || self->deadline_.expiry() > std::chrono::steady_clock::now()) return;
      self->OnDeadline();
    });
  }

  void OnDeadline() {
    if (phase_ == Phase::kHeader || phase_ == Phase::kBody) {
      timed_out_ = true;  // the read ends with an error, and its step answers
      socket().cancel();
    } else if (phase_ != Phase::kHandling) {
      Close();
    }
  }

  void Begin() {
    if constexpr (kTls) {
      phase_ = Phase::kHandshake;
      Deadline(options().header_timeout);
      stream_.async_handshake(boost::asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](Error error) {
                                if (self->phase_ != Phase::kClosed) self->OnHandshake(error);
                              });
    } else {
      AwaitRequest(options().header_timeout);
    }
  }

  void OnHandshake(Error error) {
    if (!error) return AwaitRequest(options().header_timeout);
    if (IsPlainHttp(error)) {
      static constexpr std::string_view kHint =
          "HTTP/1.1 400 Bad Request\r\nContent-Length: 48\r\nConnection: close\r\n\r\n"
          "this port speaks HTTPS, the request was in HTTP\n";
      phase_ = Phase::kWriting;
      boost::asio::async_write(socket(), boost::asio::buffer(kHint), Then(&Connection::OnHintWritten));
      return;
    }
    if (IsRefusal(error)) {
      sessions_->log().Warn("TLS handshake failed", {{"remote", remote_}, {"err", error.message()}});
    }
    phase_ = Phase::kLingering;
    Deadline(kLinger);
    HalfClose();
  }

  void OnHintWritten(Error error, size_t /*bytes*/) {
    if (error) return Close();
    phase_ = Phase::kLingering;
    Deadline(kLinger);
    HalfClose();
  }

  void AwaitRequest(Duration at_most) {
    phase_ = Phase::kIdle;
    if (buffer_.size() > 0) return ReadHeader();
    if (draining_ || peer_gone_) return Close();
    Deadline(at_most);
    ReadAhead();
  }

  void ReadAhead() {
    if (reading_ahead_) return;
    reading_ahead_ = true;
    stream_.async_read_some(buffer_.prepare(kReadAheadBytes), Then(&Connection::OnReadAhead));
  }

  void OnReadAhead(Error error, size_t bytes) {
    reading_ahead_ = false;
    if (phase_ == Phase::kLingering) return SayGoodbye();
    buffer_.commit(bytes);
    if (error) {
      peer_gone_ = true;
      if (phase_ == Phase::kHandling) stop_.request_stop();
      if (phase_ == Phase::kIdle) Close();
    } else if (phase_ == Phase::kIdle) {
      ReadHeader();
    }
  }

  void ReadHeader() {
    phase_ = Phase::kHeader;
    Deadline(options().header_timeout);
    parser_ = std::make_unique<Parser>();
    parser_->header_limit(static_cast<std::uint32_t>(options().max_header_bytes));
    parser_->body_limit(options().max_body_bytes);
    boost::beast::http::async_read_header(stream_, buffer_, *parser_, Then(&Connection::OnHeader));
  }

  void OnHeader(Error error, size_t /*bytes*/) {
    if (error) return ReadFailed(error);
    Response refusal = RefuseHeader(parser_->get(), parser_->chunked());
    if (refusal.status != 0) return Refuse(std::move(refusal));
    phase_ = Phase::kBody;
    if (parser_->is_done()) return Handle();
    Deadline(options().body_timeout);
    if (parser_->get().version() < 11 || parser_->get().count(boost::beast::http::field::expect) == 0)
      return ReadBody();
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    boost::asio::async_write(stream_, boost::asio::buffer(kContinue), Then(&Connection::OnContinueSent));
  }

  void OnContinueSent(Error error, size_t /*bytes*/) {
    if (error) return ReadFailed(error);
    ReadBody();
  }

  void ReadBody() { boost::beast::http::async_read(stream_, buffer_, *parser_, Then(&Connection::OnBody)); }

  void OnBody(Error error, size_t /*bytes*/) {
    if (error) return ReadFailed(error);
    Handle();
  }

  void ReadFailed(Error error) {
    if (timed_out_) return Refuse(Response::Text(408, "the request took too long to arrive\n"));
    if (!IsMalformed(error)) return Close();
    Refuse(RefuseMalformed(error, !parser_->get().target().empty()));
  }

  void Handle() {
    phase_ = Phase::kHandling;
    deadline_.cancel();
    version_ = static_cast<int>(parser_->get().version());
    head_only_ = parser_->get().method() == boost::beast::http::verb::head;
    keep_alive_ = parser_->keep_alive();
    auto message = parser_->release();
    parser_.reset();
    auto request = MakeRequest(message, remote_);
    if (!request) return Refuse(std::move(request.error()));
    stop_ = std::stop_source();
    request->stop = stop_.get_token();
    if (buffer_.size() == 0) ReadAhead();
    Responder responder(std::make_shared<Answer>(this->shared_from_this(),
                                                 AcceptsGzip(request->headers.Get("Accept-Encoding"))));
    sessions_->Dispatch(std::move(*request), std::move(responder));
  }

  void Refuse(Response response) {
    keep_alive_ = false;
    head_only_ = false;
    Write(std::move(response));
  }

  void Write(Response response) {
    phase_ = Phase::kWriting;
    parser_.reset();
    keep_alive_ = keep_alive_ && !draining_ && !peer_gone_ && !AsksToClose(response);
    head_ = RenderHead(response, {.version = version_,
                                  .keep_alive = keep_alive_,
                                  .server = options().server_name,
                                  .now = sessions_->Now()});
    body_ = head_only_ || !MayHaveBody(response.status) ? std::string() : std::move(response.body);
    Deadline(options().write_timeout);
    boost::asio::async_write(stream_, std::array{boost::asio::buffer(head_), boost::asio::buffer(body_)},
                             Then(&Connection::OnWritten));
  }

  void OnWritten(Error error, size_t /*bytes*/) {
    body_ = std::string();
    if (error) return Close();
    if (keep_alive_) return AwaitRequest(options().idle_timeout);
    Linger();
  }

  /// Closing with unread bytes in the socket would reset the connection, and the client might lose the answer
  /// (RFC 9112 section 9.6). So: say that we are done, and read on until the client closes, for a moment.
  void Linger() {
    if (peer_gone_) return Close();
    phase_ = Phase::kLingering;
    Deadline(kLinger);
    if (!reading_ahead_) return SayGoodbye();
    // A TLS stream does one thing at a time: the read under way ends first, and goes on with the goodbye.
    socket().cancel();
  }

  void SayGoodbye() {
    if constexpr (kTls) {
      stream_.async_shutdown([self = this->shared_from_this()](Error /*error*/) {
        if (self->phase_ != Phase::kClosed) self->HalfClose();
      });
    } else {
      HalfClose();
    }
  }

  void HalfClose() {
    Error ignored;
    socket().shutdown(boost::asio::socket_base::shutdown_send, ignored);
    buffer_.clear();
    ReadAndForget();
  }

  void ReadAndForget() {
    socket().async_read_some(buffer_.prepare(kReadAheadBytes), Then(&Connection::OnForgotten));
  }

  void OnForgotten(Error error, size_t /*bytes*/) {
    if (error) return Close();
    ReadAndForget();
  }

  void Close() {
    if (phase_ == Phase::kClosed) return;
    phase_ = Phase::kClosed;
    stop_.request_stop();
    Error ignored;
    deadline_.cancel();
    socket().close(ignored);
    sessions_->Remove(this);
  }

  static constexpr size_t kReadAheadBytes = 4096;
  static constexpr Duration kLinger{1000};

  const std::shared_ptr<Sessions> sessions_;
  Stream stream_;
  const std::string remote_;
  boost::asio::steady_timer deadline_;
  boost::beast::flat_buffer buffer_;
  std::unique_ptr<Parser> parser_;  // of the request being read
  std::stop_source stop_{std::nostopstate};
  std::string head_;  // the response being written
  std::string body_;
  Phase phase_ = Phase::kIdle;
  int version_ = 11;
  bool reading_ahead_ = false;  // implies an empty buffer_
  bool peer_gone_ = false;
  bool timed_out_ = false;
  bool keep_alive_ = false;
  bool head_only_ = false;
  bool draining_ = false;
};

}  // namespace tocsin::http
