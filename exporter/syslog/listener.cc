#include "exporter/syslog/listener.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <utility>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "base/files.h"
#include "exporter/syslog/message.h"
#include "exporter/syslog/socket.h"

namespace tocsin::syslog {

namespace asio = boost::asio;

namespace {

/// Received by one call of the kernel. The largest datagram there is fits.
constexpr size_t kBatch = 64;
constexpr size_t kMaxDatagram = size_t{64} << 10;

/// Of a unix socket's queue, which is counted in datagrams, not bytes; a sender like nginx drops what finds
/// no place in it.
void WarnOfShortQueue(const Logger& log) {
  constexpr int kEnough = 512;
  constexpr const char* kSetting = "/proc/sys/net/unix/max_dgram_qlen";
  const auto text = ReadFile(kSetting);
  const int length = text ? std::atoi(text->c_str()) : kEnough;
  if (length >= kEnough) return;
  log.Warn(
      "The kernel queues few datagrams for a unix socket, and nginx drops what comes beyond: raise "
      "net.unix.max_dgram_qlen before the start, or use UDP",
      {{"max_dgram_qlen", length}});
}

/// Datagrams behind each other, on their way to where lines are counted.
struct Block {
  std::string bytes;
  std::vector<size_t> ends;
};

}  // namespace

class Listener::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(std::string address, Socket socket, async::Pool& pool, std::shared_ptr<async::Strand> strand,
       Sink sink)
      : address_(std::move(address)),
        socket_(std::move(socket)),
        // A duplicate, since the stream closes what it is given.
        stream_(asio::make_strand(pool.io()), ::dup(socket_.descriptor())),
        strand_(std::move(strand)),
        sink_(std::move(sink)),
        space_(new char[kBatch * kMaxDatagram]) {
    for (size_t i = 0; i < kBatch; ++i) {
      pieces_[i] = {space_.get() + i * kMaxDatagram, kMaxDatagram};
      headers_[i].msg_hdr.msg_iov = &pieces_[i];
      headers_[i].msg_hdr.msg_iovlen = 1;
    }
  }

  void Wait() {
    stream_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [self = shared_from_this()](boost::system::error_code failed) {
                         if (failed || self->stopped_) return;
                         self->Receive();
                         self->Wait();
                       });
  }

  void Stop() {
    if (stopped_.exchange(true)) return;
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      self->Receive();  // what came before
      self->socket_.RemoveName();
      boost::system::error_code ignored;
      self->stream_.close(ignored);
    });
  }

  const std::string& address() const { return address_; }
  uint16_t port() const { return socket_.port(); }
  Figures figures() const { return {messages_, malformed_, socket_.dropped() + dropped_.load()}; }

 private:
  void Receive() {
    while (true) {
      const int got = ::recvmmsg(stream_.native_handle(), headers_.data(), kBatch, MSG_DONTWAIT, nullptr);
      if (got <= 0) return;
      auto block = std::make_shared<Block>();
      block->ends.reserve(static_cast<size_t>(got));
      for (size_t i = 0; i < static_cast<size_t>(got); ++i) {
        block->bytes.append(space_.get() + i * kMaxDatagram, headers_[i].msg_len);
        block->ends.push_back(block->bytes.size());
      }
      if (waiting_ + block->bytes.size() > kMaxWaitingBytes) {
        dropped_ += static_cast<uint64_t>(got);
        continue;
      }
      waiting_ += block->bytes.size();
      strand_->Post([self = shared_from_this(), block] { self->Count(*block); });
    }
  }

  void Count(const Block& block) {
    lines_.clear();
    size_t begin = 0;
    for (const size_t end : block.ends) {
      const auto line = LineOf(std::string_view(block.bytes).substr(begin, end - begin));
      if (line) lines_.push_back(*line);
      begin = end;
    }
    messages_ += block.ends.size();
    malformed_ += block.ends.size() - lines_.size();
    waiting_ -= block.bytes.size();
    if (!lines_.empty()) sink_(lines_);
  }

  std::string address_;
  Socket socket_;
  asio::posix::stream_descriptor stream_;
  std::shared_ptr<async::Strand> strand_;
  Sink sink_;
  std::unique_ptr<char[]> space_;
  std::array<iovec, kBatch> pieces_{};
  std::array<mmsghdr, kBatch> headers_{};
  std::vector<std::string_view> lines_;
  uint64_t messages_ = 0;  ///< on the strand, as the next
  uint64_t malformed_ = 0;
  std::atomic<uint64_t> dropped_ = 0;
  std::atomic<size_t> waiting_ = 0;
  std::atomic<bool> stopped_ = false;
};

Result<std::unique_ptr<Listener>> Listener::Start(const std::string& address, async::Pool& pool,
                                                  std::shared_ptr<async::Strand> strand, const Logger& log,
                                                  Sink sink) {
  const Result<Address> place = ParseAddress(address);
  if (!place) return Fail(place.error());
  Result<Socket> socket = Socket::Bind(*place);
  if (!socket) return Fail(socket.error().WithContext(address));
  log.Info("Listening for syslog",
           {{"address", address}, {"receive_buffer_bytes", socket->receive_buffer_bytes()}});
  if (!place->path.empty()) WarnOfShortQueue(log);
  auto impl = std::make_shared<Impl>(address, std::move(*socket), pool, std::move(strand), std::move(sink));
  impl->Wait();
  return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

Listener::Listener(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::~Listener() { impl_->Stop(); }
void Listener::Stop() { impl_->Stop(); }
const std::string& Listener::address() const { return impl_->address(); }
std::string Listener::bound_port() const { return std::to_string(impl_->port()); }
Figures Listener::figures() const { return impl_->figures(); }

}  // namespace tocsin::syslog
