#include "exporter/syslog/listener.h"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/exporter/tail/scratch_folder.h"

namespace tocsin::syslog {
namespace {

class ListenerTest : public testing::Test {
 protected:
  void TearDown() override {
    if (listener_) listener_->Stop();
    pool_.Stop();
  }
  Status Start(const std::string& address) {
    auto started = Listener::Start(address, pool_, pool_.MakeStrand(), Logger(), [this](auto lines) {
      const std::lock_guard lock(mutex_);
      for (const std::string_view line : lines) lines_.emplace_back(line);
      arrived_.notify_all();
    });
    if (!started) return Fail(started.error());
    listener_ = std::move(*started);
    return {};
  }
  std::vector<std::string> WaitFor(size_t count) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, std::chrono::seconds(20), [&] { return lines_.size() >= count; });
    return lines_;
  }
  static void Send(const sockaddr* to, socklen_t size, const std::string& text) {
    const int sender = ::socket(to->sa_family, SOCK_DGRAM, 0);
    EXPECT_EQ(::sendto(sender, text.data(), text.size(), 0, to, size), static_cast<ssize_t>(text.size()));
    ::close(sender);
  }
  void SendByUdp(const std::string& text) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<uint16_t>(std::stoi(listener_->bound_port())));
    Send(reinterpret_cast<const sockaddr*>(&to), sizeof to, text);
  }

  async::Pool pool_{2};
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::string> lines_;
  std::unique_ptr<Listener> listener_;
};

constexpr const char* kHead = "<190>Nov 21 10:15:03 web-1 nginx: ";

TEST_F(ListenerTest, ReceivesByUdp) {
  ASSERT_TRUE(Start("udp://127.0.0.1:0"));
  SendByUdp("no syslog");
  const std::string large(60'000, 'x');
  SendByUdp(kHead + large);
  SendByUdp(std::string(kHead) + "last");
  EXPECT_THAT(WaitFor(2), testing::ElementsAre(large, "last"));
}

TEST_F(ListenerTest, ReceivesByAUnixSocketThatEveryoneMayWriteTo) {
  const tail::ScratchFolder folder;
  const std::string path = folder / "log.sock";
  ASSERT_TRUE(Start("unix://" + path));
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms{0666});
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  path.copy(to.sun_path, sizeof to.sun_path - 1);
  Send(reinterpret_cast<const sockaddr*>(&to), sizeof to, std::string(kHead) + "x");
  EXPECT_THAT(WaitFor(1), testing::ElementsAre("x"));

  const auto second = Listener::Start("unix://" + path, pool_, pool_.MakeStrand(), Logger(), [](auto) {});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), ErrorCode::kUnavailable);
}

TEST_F(ListenerTest, ReplacesASocketThatWasLeftOver) {
  const tail::ScratchFolder folder;
  const std::string path = folder / "log.sock";
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  const int old = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  ASSERT_EQ(::bind(old, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  ::close(old);
  EXPECT_TRUE(Start("unix://" + path));
}

TEST_F(ListenerTest, SaysWhyItCannotListen) {
  EXPECT_EQ(Start("udp://127.0.0.1").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Start("unix:///nowhere/log.sock").error().code(), ErrorCode::kIo);
}

}  // namespace
}  // namespace tocsin::syslog
