// What the server does to clients that are slow, greedy or wrong.
#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/http/server.h"
#include "tests/base/http/raw_client.h"

namespace tocsin::http {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

class ServerLimits : public testing::Test {
 protected:
  void Serve(ServerOptions options = {}) {
    Router router;
    router.Get("/", [](const Request&) { return Response::Text(200, "ok"); });
    router.Get("/big", [this](const Request&) {
      big_asked_.set_value();
      return Response::Text(200, std::string(size_t{64} << 20, 'x'));
    });
    router.Post("/echo", [](const Request& request) { return Response::Text(200, request.body); });
    options.listen = {"127.0.0.1:0"};
    auto server = Server::Start(pool_, std::move(options), std::move(router), Logger());
    ASSERT_TRUE(server) << server.error().ToString();
    server_ = std::move(*server);
  }
  std::string address() const { return server_->addresses().at(0); }

  /// Sends `request` to a default server and expects it refused, and the connection closed.
  void ExpectRefused(std::string_view request, int status, std::string_view body) {
    RawClient client(address());
    client.Send(request);
    const RawResponse response = client.Read();
    EXPECT_EQ(response.status, status) << request;
    EXPECT_THAT(response.body, HasSubstr(body));
    EXPECT_EQ(response.headers.at("connection"), "close");
    EXPECT_EQ(response.headers.at("content-type"), "text/plain; charset=utf-8");
    EXPECT_TRUE(client.Closed());
  }

  std::promise<void> big_asked_;
  async::Pool pool_{2};
  std::unique_ptr<Server> server_;
};

TEST_F(ServerLimits, RefusesAHeaderThatIsTooLarge) {
  Serve({.max_header_bytes = 1024});
  ExpectRefused("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(2000, 'a') + "\r\n\r\n", 431,
                "header is too large");
  ExpectRefused("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(1 << 20, 'a'), 431, "header is too large");
}

TEST_F(ServerLimits, RefusesATargetThatIsTooLong) {
  Serve({.max_header_bytes = 1024});
  ExpectRefused("GET /" + std::string(2000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414, "target is too long");
}

TEST_F(ServerLimits, RefusesABodyThatIsTooLarge) {
  Serve({.max_body_bytes = 1000});
  const std::string body(1001, 'b');
  ExpectRefused("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n" + body, 413,
                "body is too large");
  ExpectRefused("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n", 413,
                "too large");
  ExpectRefused(
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + body + "\r\n0\r\n\r\n",
      413, "body is too large");
}

TEST_F(ServerLimits, TheClientSeesTheRefusalOfABodyThatItIsStillSending) {
  Serve({.max_body_bytes = 1000});
  ExpectRefused(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n" + std::string(2000000, 'b'), 413,
      "body is too large");
}

TEST_F(ServerLimits, AcceptsABodyAtTheLimit) {
  Serve({.max_body_bytes = 1000});
  const std::string body(1000, 'b');
  EXPECT_EQ(Exchange(address(), "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + body).body,
            body);
}

TEST_F(ServerLimits, RefusesWhatIsNotHttp) {
  Serve();
  ExpectRefused("hello there\r\n\r\n", 400, "malformed request");
  ExpectRefused("GET / HTTP/1.1\r\nHost: x\r\nBad Name: 1\r\n\r\n", 400, "malformed request");
  ExpectRefused("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n", 400, "malformed request");
  ExpectRefused("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400,
                "malformed request");
  ExpectRefused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "unsupported HTTP version");
  ExpectRefused("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "malformed request");
}

TEST_F(ServerLimits, RefusesWhatCouldSmuggleARequest) {
  Serve();
  ExpectRefused("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400,
                "malformed");
  ExpectRefused(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400, "malformed");
  ExpectRefused("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "transfer coding");
  ExpectRefused("GET / HTTP/1.1\r\n\r\n", 400, "missing Host");
  ExpectRefused("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400, "several Host");
  ExpectRefused("GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n", 417, "expectation");
}

TEST_F(ServerLimits, RefusesTargetsThatAreNoPath) {
  Serve();
  ExpectRefused("GET /a/../b HTTP/1.1\r\nHost: x\r\n\r\n", 400, "dot segment");
  ExpectRefused("GET /a/%2e%2e HTTP/1.1\r\nHost: x\r\n\r\n", 400, "dot segment");
  ExpectRefused("GET /a%00b HTTP/1.1\r\nHost: x\r\n\r\n", 400, "NUL");
  ExpectRefused("CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "not a path");
}

TEST_F(ServerLimits, EndsAHeaderThatArrivesTooSlowly) {
  Serve({.header_timeout = Duration(50)});
  RawClient client(address());
  client.Send("GET / HTTP/1.1\r\n");
  EXPECT_EQ(client.Read().status, 408);
  EXPECT_TRUE(client.Closed());
}

TEST_F(ServerLimits, ATrickleOfBytesDoesNotExtendTheHeadersTime) {
  Serve({.header_timeout = Duration(100)});
  RawClient client(address());
  client.Send("GET / HTTP/1.1\r\nHost: x\r\n");
  std::atomic<bool> refused = false;
  std::thread trickle([&] {
    while (!refused) {
      client.Send("X: 1\r\n");
      std::this_thread::sleep_for(Duration(5));  // the slowness of the client, not a wait for anything
    }
  });
  EXPECT_EQ(client.Read().status, 408);
  refused = true;
  trickle.join();
}

TEST_F(ServerLimits, ClosesAConnectionThatSaysNothing) {
  Serve({.header_timeout = Duration(50)});
  EXPECT_TRUE(RawClient(address()).Closed());
}

TEST_F(ServerLimits, EndsABodyThatArrivesTooSlowly) {
  Serve({.body_timeout = Duration(50)});
  RawClient client(address());
  client.Send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(client.Read().status, 408);
  EXPECT_TRUE(client.Closed());
}

TEST_F(ServerLimits, ClosesAnIdleConnection) {
  Serve({.idle_timeout = Duration(50)});
  RawClient client(address());
  client.Send(kGet);
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_TRUE(client.Closed());
}

TEST_F(ServerLimits, DropsAClientThatDoesNotReadItsAnswer) {
  Serve({.write_timeout = Duration(100)});
  RawClient client(address());
  client.Send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  big_asked_.get_future().wait();
  server_->Stop(std::chrono::seconds(10));  // returns as soon as the write was given up
  const std::string all = client.ReadToEnd();
  EXPECT_THAT(all, StartsWith("HTTP/1.1 200"));
  EXPECT_LT(all.size(), size_t{64} << 20);
}

TEST_F(ServerLimits, LeavesConnectionsOverTheBoundInTheBacklog) {
  Serve({.max_connections = 2});
  RawClient one(address());
  RawClient two(address());
  for (RawClient* each : {&one, &two}) {
    each->Send(kGet);
    ASSERT_EQ(each->Read().status, 200);
  }
  RawClient three(address());
  three.Send(kGet);
  one.Send(kGet);
  EXPECT_EQ(one.Read().status, 200);
  two.Close();
  EXPECT_EQ(three.Read().status, 200);
}

TEST_F(ServerLimits, SurvivesAClientThatLeavesInTheMiddle) {
  Serve();
  for (const std::string_view part : {std::string_view("GE"), kGet.substr(0, 20), kGet}) {
    RawClient client(address());
    client.Send(part);
  }
  RawClient body(address());
  body.Send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  body.Close();
  EXPECT_EQ(Exchange(address(), kGet).status, 200);
}

}  // namespace
}  // namespace tocsin::http
