#include "base/http/server.h"

#include <atomic>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/base/http/raw_client.h"

namespace tocsin::http {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr std::string_view kGetHello = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";

class ServerTest : public testing::Test {
 protected:
  void Serve(Router router, ServerOptions options = {}) {
    if (options.listen.empty()) options.listen = {"127.0.0.1:0"};
    auto server = Server::Start(pool_, std::move(options), std::move(router), Logger());
    ASSERT_TRUE(server) << server.error().ToString();
    server_ = std::move(*server);
  }
  void ServeHello(ServerOptions options = {}) {
    Router router;
    router.Get("/hello", [](const Request&) { return Response::Text(200, "hello\n"); });
    Serve(std::move(router), std::move(options));
  }
  std::string address(size_t i = 0) const { return server_->addresses().at(i); }

  async::Pool pool_{2};
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, AnswersWithDateServerAndLength) {
  ServeHello();
  const RawResponse response = Exchange(address(), kGetHello);
  EXPECT_THAT(response.head, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(response.body, "hello\n");
  EXPECT_EQ(response.headers.at("server"), "tocsin");
  EXPECT_EQ(response.headers.at("content-length"), "6");
  EXPECT_EQ(response.headers.at("content-type"), "text/plain; charset=utf-8");
  EXPECT_THAT(response.headers.at("date"),
              MatchesRegex("[A-Z][a-z]+, [0-9]+ [A-Z][a-z]+ [0-9]+ [0-9:]+ GMT"));
  EXPECT_FALSE(response.headers.contains("connection"));
}

TEST_F(ServerTest, HandsOverEveryPartOfTheRequest) {
  Router router;
  Request seen;
  router.Post("/a b/:name", [&](const Request& request) {
    seen = request;
    return Response::Text(204, "");
  });
  Serve(std::move(router));
  RawClient client(address());
  client.Send(
      "POST http://ignored:1/a%20b/c+d?x=1+2&y=%41 HTTP/1.1\r\nHost: h\r\nX-Two: 2\r\nContent-Length: "
      "4\r\n\r\nbody");
  const RawResponse response = client.Read();
  EXPECT_EQ(response.status, 204);
  EXPECT_FALSE(response.headers.contains("content-length"));
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.path, "/a b/c+d");
  EXPECT_EQ(seen.path_values.Get("name"), "c+d");
  EXPECT_EQ(seen.query.Get("x"), "1 2");
  EXPECT_EQ(seen.query.Get("y"), "A");
  EXPECT_EQ(seen.headers.Get("x-two"), "2");
  EXPECT_EQ(seen.body, "body");
  EXPECT_THAT(seen.remote, MatchesRegex("127\\.0\\.0\\.1:[0-9]+"));
}

TEST_F(ServerTest, AnswersHeadWithTheHeaderAlone) {
  ServeHello();
  RawClient client(address());
  client.Send("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  const RawResponse head = client.Read(true);
  EXPECT_EQ(head.headers.at("content-length"), "6");
  client.Send(kGetHello);
  EXPECT_THAT(client.Read().head, StartsWith("HTTP/1.1 200")) << "nothing stood between the two";
}

TEST_F(ServerTest, KeepsTheConnectionForMoreRequests) {
  ServeHello();
  RawClient client(address());
  for (int i = 0; i < 50; ++i) {
    client.Send(kGetHello);
    ASSERT_EQ(client.Read().body, "hello\n");
  }
}

TEST_F(ServerTest, ClosesWhenTheClientAsks) {
  ServeHello();
  RawClient client(address());
  client.Send("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.Read().headers.at("connection"), "close");
  EXPECT_TRUE(client.Closed());
}

TEST_F(ServerTest, ClosesAfterHttp10UnlessAskedToKeepAlive) {
  ServeHello();
  RawClient plain(address());
  plain.Send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_EQ(plain.Read().body, "hello\n");
  EXPECT_TRUE(plain.Closed());
  RawClient kept(address());
  for (int i = 0; i < 2; ++i) {
    kept.Send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(kept.Read().headers["connection"], "keep-alive");
  }
}

TEST_F(ServerTest, ClosesWhenTheHandlerAsks) {
  Router router;
  router.Get("/", [](const Request&) {
    Response response = Response::Text(200, "bye");
    response.headers.Add("connection", "close");
    return response;
  });
  Serve(std::move(router));
  RawClient client(address());
  client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.Read().headers.at("connection"), "close");
  EXPECT_TRUE(client.Closed());
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrderEvenWhenTheFirstIsSlow) {
  Router router;
  std::mutex mutex;
  std::optional<Responder> slow;
  std::promise<void> asked;
  router.Handle("GET", "/slow", Handler([&](const Request&, Responder respond) {
                  const std::lock_guard lock(mutex);
                  slow.emplace(std::move(respond));
                  asked.set_value();
                }));
  router.Post("/echo", [](const Request& request) { return Response::Text(200, request.body); });
  Serve(std::move(router));
  RawClient client(address());
  client.Send(
      "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\ntwo");
  asked.get_future().wait();
  {
    const std::lock_guard lock(mutex);
    slow.value()(Response::Text(200, "slow"));
    slow.value()(Response::Text(200, "a second answer is ignored"));
    slow.reset();
  }
  EXPECT_EQ(client.Read().body, "slow");
  EXPECT_EQ(client.Read().body, "one");
  EXPECT_EQ(client.Read().body, "two");
}

TEST_F(ServerTest, ReadsChunkedBodies) {
  Router router;
  router.Post("/echo", [](const Request& request) { return Response::Text(200, request.body); });
  Serve(std::move(router));
  RawClient client(address());
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;ext=1\r\n,\r\n");
  client.Send("6\r\n world\r\n0\r\nTrailer: 1\r\n\r\n");
  EXPECT_EQ(client.Read().body, "hello, world");
  client.Send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(client.Read().body, "");
}

TEST_F(ServerTest, SaysContinueBeforeABodyThatWaitsForIt) {
  Router router;
  router.Post("/echo", [](const Request& request) { return Response::Text(200, request.body); });
  Serve(std::move(router));
  RawClient client(address());
  client.Send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.Read().status, 100);
  client.Send("ok");
  EXPECT_EQ(client.Read().body, "ok");
}

TEST_F(ServerTest, TurnsAnExceptionInto500AndLogsIt) {
  std::mutex mutex;
  std::string logged;
  Router router;
  router.Get("/throws", [](const Request&) -> Response { throw std::runtime_error("the cause"); });
  router.Get("/hello", [](const Request&) { return Response::Text(200, "hello\n"); });
  auto server = Server::Start(pool_, {.listen = {"127.0.0.1:0"}}, std::move(router),
                              Logger::ToSink(LogLevel::kWarn, LogFormat::kLogfmt, [&](std::string_view line) {
                                const std::lock_guard lock(mutex);
                                logged += line;
                              }));
  ASSERT_TRUE(server);
  RawClient client((*server)->addresses().at(0));
  client.Send("GET /throws HTTP/1.1\r\nHost: x\r\n\r\n");
  const RawResponse response = client.Read();
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body, "internal server error\n") << "the cause is for the log, not for the client";
  client.Send(kGetHello);
  EXPECT_EQ(client.Read().status, 200);
  const std::lock_guard lock(mutex);
  EXPECT_THAT(logged, HasSubstr("the cause"));
  EXPECT_THAT(logged, HasSubstr("GET /throws"));
}

TEST_F(ServerTest, AnswersForAHandlerThatForgetsTo) {
  Router router;
  router.Handle("GET", "/forgets", Handler([](const Request&, const Responder&) {}));
  Serve(std::move(router));
  EXPECT_EQ(Exchange(address(), "GET /forgets HTTP/1.1\r\nHost: x\r\n\r\n").status, 500);
}

TEST_F(ServerTest, AsksAHandlerToStopWhenTheClientGoesAway) {
  Router router;
  std::promise<void> entered;
  std::promise<bool> stopped;
  router.Get("/long", [&](const Request& request) {
    std::promise<void> asked;
    const std::stop_callback on_stop(request.stop, [&] { asked.set_value(); });
    entered.set_value();
    stopped.set_value(asked.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
    return Response::Text(200, "");
  });
  Serve(std::move(router));
  RawClient client(address());
  client.Send("GET /long HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.get_future().wait();
  client.Close();
  EXPECT_TRUE(stopped.get_future().get());
}

TEST_F(ServerTest, StillAnswersAClientThatOnlyClosedItsSide) {
  ServeHello();
  RawClient client(address());
  client.Send(kGetHello);
  client.CloseWriting();
  EXPECT_EQ(client.Read().body, "hello\n");
  EXPECT_TRUE(client.Closed());
}

TEST_F(ServerTest, ServesIpv4AndIpv6OnEveryAddress) {
  ServeHello({.listen = {":0"}});
  EXPECT_THAT(address(), StartsWith("[::]:"));
  const std::string port = address().substr(address().rfind(':'));
  EXPECT_EQ(Exchange("127.0.0.1" + port, kGetHello).status, 200);
  EXPECT_EQ(Exchange("[::1]" + port, kGetHello).status, 200);
}

TEST_F(ServerTest, ShowsAnIpv4ClientOfADualStackSocketAsIpv4) {
  Router router;
  router.Get("/", [](const Request& request) { return Response::Text(200, request.remote); });
  Serve(std::move(router), {.listen = {":0"}});
  const std::string port = address().substr(address().rfind(':'));
  constexpr std::string_view kRoot = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  EXPECT_THAT(Exchange("127.0.0.1" + port, kRoot).body, StartsWith("127.0.0.1:"));
  EXPECT_THAT(Exchange("[::1]" + port, kRoot).body, StartsWith("[::1]:"));
}

TEST_F(ServerTest, ListensOnSeveralAddresses) {
  ServeHello({.listen = {"127.0.0.1:0", "[::1]:0", "localhost:0"}});
  ASSERT_EQ(server_->addresses().size(), 3U);
  for (const std::string& each : server_->addresses())
    EXPECT_EQ(Exchange(each, kGetHello).status, 200) << each;
}

TEST_F(ServerTest, NamesTheAddressThatCannotBeBound) {
  ServeHello();
  const auto second = Server::Start(pool_, {.listen = {"[::1]:0", address()}}, Router(), Logger());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(second.error().message(), "can't listen on " + address() + ": Address already in use");
}

TEST_F(ServerTest, RefusesAddressesThatAreNone) {
  for (const char* bad :
       {"", "9113", "localhost", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "::1:80", "[::1:80"}) {
    const auto server = Server::Start(pool_, {.listen = {bad}}, Router(), Logger());
    ASSERT_FALSE(server) << bad;
    EXPECT_EQ(server.error().code(), ErrorCode::kInvalidArgument) << bad;
    EXPECT_THAT(server.error().message(), HasSubstr(bad));
  }
}

TEST_F(ServerTest, StopLetsARequestUnderWayFinish) {
  Router router;
  std::promise<void> entered;
  std::promise<void> release;
  router.Get("/slow", [&](const Request&) {
    entered.set_value();
    release.get_future().wait();
    return Response::Text(200, "done");
  });
  Serve(std::move(router));
  RawClient idle(address());
  idle.Send("GET /none HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_EQ(idle.Read().status, 404);
  RawClient busy(address());
  busy.Send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.get_future().wait();
  std::thread stopper([&] { server_->Stop(std::chrono::seconds(10)); });
  EXPECT_TRUE(idle.Closed());
  release.set_value();
  const RawResponse response = busy.Read();
  EXPECT_EQ(response.body, "done");
  EXPECT_EQ(response.headers.at("connection"), "close");
  EXPECT_TRUE(busy.Closed());
  busy.Close();
  stopper.join();
}

TEST_F(ServerTest, StopFreesTheAddressAndDoesNotWaitForIdleClients) {
  ServeHello();
  const std::string at = address();
  const RawClient idle(at);
  server_->Stop(std::chrono::seconds(10));
  const auto again = Server::Start(pool_, {.listen = {at}}, Router(), Logger());
  EXPECT_TRUE(again) << again.error().ToString();
}

TEST_F(ServerTest, StopEndsWhatDoesNotFinishInTime) {
  Router router;
  std::promise<void> entered;
  std::atomic<bool> stopped = false;
  router.Get("/stubborn", [&](const Request& request) {
    std::promise<void> asked;
    const std::stop_callback on_stop(request.stop, [&] { asked.set_value(); });
    entered.set_value();
    asked.get_future().wait();
    stopped = true;
    return Response::Text(200, "");
  });
  Serve(std::move(router));
  RawClient client(address());
  client.Send("GET /stubborn HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.get_future().wait();
  server_->Stop(Duration(20));
  EXPECT_TRUE(stopped) << "Stop returned while a handler was running";
  EXPECT_EQ(client.Read().status, 0);
}

TEST_F(ServerTest, AnAnswerAfterStopIsDropped) {
  Router router;
  std::promise<Responder> kept;
  router.Handle("GET", "/later",
                Handler([&](const Request&, Responder respond) { kept.set_value(std::move(respond)); }));
  Serve(std::move(router));
  RawClient client(address());
  client.Send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  const Responder respond = kept.get_future().get();
  server_.reset();
  respond(Response::Text(200, "too late"));
  EXPECT_EQ(client.Read().status, 0);
}

TEST_F(ServerTest, ServesManyClientsAtOnce) {
  ServeHello();
  std::atomic<int> good = 0;
  std::vector<std::thread> clients;
  clients.reserve(16);
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&] {
      RawClient client(address());
      for (int n = 0; n < 50; ++n) {
        client.Send(kGetHello);
        if (client.Read().body == "hello\n") ++good;
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(good, 16 * 50);
}

}  // namespace
}  // namespace tocsin::http
