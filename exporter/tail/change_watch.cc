#include "exporter/tail/change_watch.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <sys/inotify.h>
#include <unistd.h>

namespace tocsin::tail {

namespace asio = boost::asio;

class ChangeWatch::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(async::Pool& pool, int descriptor, std::function<void()> changed)
      : stream_(asio::make_strand(pool.io()), descriptor), changed_(std::move(changed)) {}

  void Wait() {
    stream_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [self = shared_from_this()](boost::system::error_code failed) {
                         if (!failed && !self->stopped_) self->Drain();
                       });
  }

  void Stop() {
    stopped_ = true;
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      boost::system::error_code ignored;
      self->stream_.close(ignored);
    });
  }

  void Add(const std::string& path) {
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    inotify_add_watch(stream_.native_handle(), folder.empty() ? "." : folder.c_str(),
                      IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
    inotify_add_watch(stream_.native_handle(), path.c_str(), IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF);
  }

 private:
  /// What happened does not matter, only that something did.
  void Drain() {
    std::array<char, 16384> events;
    while (::read(stream_.native_handle(), events.data(), events.size()) > 0) {
    }
    changed_();
    Wait();
  }

  asio::posix::stream_descriptor stream_;
  std::function<void()> changed_;
  std::atomic<bool> stopped_ = false;
};

Result<std::unique_ptr<ChangeWatch>> ChangeWatch::Start(async::Pool& pool, std::function<void()> changed) {
  const int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor < 0) return Fail(ErrorCode::kIo, "inotify: " + std::generic_category().message(errno));
  auto impl = std::make_shared<Impl>(pool, descriptor, std::move(changed));
  impl->Wait();
  return std::unique_ptr<ChangeWatch>(new ChangeWatch(std::move(impl)));
}

ChangeWatch::ChangeWatch(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
ChangeWatch::~ChangeWatch() { impl_->Stop(); }
void ChangeWatch::Add(const std::string& path) { impl_->Add(path); }

}  // namespace tocsin::tail
