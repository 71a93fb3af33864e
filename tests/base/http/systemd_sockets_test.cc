#include "base/http/systemd_sockets.h"

#include <cstdlib>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/http/server.h"
#include "tests/base/http/raw_client.h"

namespace tocsin::http {
namespace {

TEST(SystemdSockets, AreThoseThatWerePassedToThisVeryProcess) {
  ::setenv("LISTEN_PID", std::to_string(::getpid() + 1).c_str(), 1);
  ::setenv("LISTEN_FDS", "1", 1);
  EXPECT_FALSE(TakeSystemdSockets()) << "meant for another process";
  EXPECT_FALSE(TakeSystemdSockets()) << "none at all";
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  for (const char* bad : {"0", "-1", "x", "99999"}) {
    ::setenv("LISTEN_FDS", bad, 1);
    EXPECT_FALSE(TakeSystemdSockets()) << bad;
  }
  EXPECT_EQ(std::getenv("LISTEN_FDS"), nullptr);
}

TEST(SystemdSockets, TheServerServesOnThem) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  async::Pool pool(2);
  EXPECT_FALSE(Server::Start(pool, {.sockets = {::dup(socket)}}, Router(), Logger())) << "it does not listen";
  ASSERT_EQ(::listen(socket, 8), 0);
  Router router;
  router.Get("/hello", [](const Request&) { return Response::Text(200, "hello"); });
  auto server = Server::Start(pool, {.sockets = {socket}}, std::move(router), Logger());
  ASSERT_TRUE(server) << server.error().ToString();
  const RawResponse response =
      Exchange((*server)->addresses().at(0), "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(response.body, "hello");
}

}  // namespace
}  // namespace tocsin::http
