#include "exporter/tail/input_stream.h"

#include <atomic>
#include <cerrno>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <unistd.h>

#include "exporter/tail/line_buffer.h"

namespace tocsin::tail {

namespace asio = boost::asio;

namespace {

/// Bytes to the sink.
class Feed {
 public:
  /// One read; false at the end, where a fragment counts as a line.
  Result<bool> ReadOnce(int descriptor, const LineSink& sink) {
    const std::span<char> space = lines_.Space();
    const ssize_t got = ::read(descriptor, space.data(), space.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (got < 0) return Fail(ErrorCode::kIo, "standard input: " + std::generic_category().message(errno));
    lines_.Commit(static_cast<size_t>(got));
    for (auto lines = lines_.Next(); !lines.empty(); lines = lines_.Next()) sink(lines);
    if (got == 0 && !lines_.partial().empty()) {
      const lines::Line last = lines_.partial();
      sink({&last, 1});
    }
    return got > 0;
  }

  uint64_t too_long_lines() const { return lines_.too_long_lines(); }

 private:
  LineBuffer lines_;
};

}  // namespace

class InputStream::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(int descriptor, async::Pool& pool, std::shared_ptr<async::Strand> strand, Logger log, LineSink sink)
      : descriptor_(descriptor),
        stream_(pool.io()),
        strand_(std::move(strand)),
        log_(std::move(log)),
        sink_(std::move(sink)) {
    // A plain file can't be waited for, and never has to be.
    boost::system::error_code failed;
    stream_.assign(::dup(descriptor), failed);
    can_wait_ = !failed;
  }

  void Wait() {
    if (!can_wait_) {
      strand_->Post([self = shared_from_this()] { self->Read(); });
      return;
    }
    stream_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [self = shared_from_this()](boost::system::error_code failed) {
                         if (!failed) self->strand_->Post([self] { self->Read(); });
                       });
  }

  void Stop() { stopped_ = true; }
  uint64_t too_long_lines() const { return feed_.too_long_lines(); }

 private:
  void Read() {
    if (stopped_) return;
    const Result<bool> more = feed_.ReadOnce(descriptor_, sink_);
    if (more && *more) return Wait();
    if (more) log_.Info("Standard input has ended");
    if (!more) log_.Error("Standard input can't be read", {{"err", more.error()}});
  }

  int descriptor_;
  asio::posix::stream_descriptor stream_;
  bool can_wait_ = false;
  std::shared_ptr<async::Strand> strand_;
  Logger log_;
  LineSink sink_;
  Feed feed_;
  std::atomic<bool> stopped_ = false;
};

InputStream::InputStream(int descriptor, async::Pool& pool, std::shared_ptr<async::Strand> strand, Logger log,
                         LineSink sink)
    : impl_(std::make_shared<Impl>(descriptor, pool, std::move(strand), std::move(log), std::move(sink))) {
  impl_->Wait();
}

InputStream::~InputStream() { impl_->Stop(); }
uint64_t InputStream::too_long_lines() const { return impl_->too_long_lines(); }

Result<uint64_t> ReadToEnd(int descriptor, const LineSink& sink) {
  Feed feed;
  while (true) {
    const Result<bool> more = feed.ReadOnce(descriptor, sink);
    if (!more) return Fail(more.error());
    if (!*more) return feed.too_long_lines();
  }
}

}  // namespace tocsin::tail
