#include "base/http/client.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include "base/http/server.h"
#include "tests/base/http/canned_server.h"

namespace tocsin::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string Gzip(const std::string& text) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&z, text.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

class ClientTest : public testing::Test {
 public:
  ~ClientTest() override {
    client_.reset();
    server_.reset();
  }

 protected:
  ClientTest() {
    Router router;
    router.Get("/hello", [](const Request&) { return Response::Text(200, "hello"); });
    for (const char* method : {"GET", "POST", "PUT", "DELETE", "PATCH"}) {
      router.Handle(method, "/echo", SyncHandler([](const Request& request) {
                      std::string out = request.method + "\n";
                      for (const auto& [name, value] : request.headers)
                        out.append(name).append(": ").append(value).append("\n");
                      return Response::Text(200, out + "\n" + request.body);
                    }));
    }
    router.Get("/gzip", [](const Request& request) {
      Response response = Response::Text(200, std::string(100'000, 'z'));
      if (request.headers.Get("Accept-Encoding") == "gzip") {
        response.body = Gzip(response.body);
        response.headers.Set("Content-Encoding", "gzip");
      }
      return response;
    });
    router.Get("/status/:code", [](const Request& request) {
      return Response::Text(std::atoi(std::string(*request.path_values.Get("code")).c_str()), "said");
    });
    router.Get("/redirect", [](const Request&) {
      Response response = Response::Text(302, "");
      response.headers.Set("Location", "/hello");
      response.headers.Set("X-First", "1");
      return response;
    });
    router.Get("/remote", [](const Request& request) { return Response::Text(200, request.remote); });
    router.Handle("GET", "/never", Handler([this](const Request&, Responder respond) {
                    const std::lock_guard lock(mutex_);
                    unanswered_.push_back(std::move(respond));
                    if (unanswered_.size() == 1) asked_.set_value();
                  }));
    router.Handle("POST", "/moody", Handler([this](const Request& request, Responder respond) {
                    const std::lock_guard lock(mutex_);
                    if (request.body != "hang") return respond(Response::Text(200, request.body));
                    unanswered_.push_back(std::move(respond));
                  }));
    auto server = Server::Start(pool_, {.listen = {"127.0.0.1:0"}}, std::move(router), Logger());
    EXPECT_TRUE(server) << server.error().ToString();
    server_ = std::move(*server);
    base_ = "http://" + server_->addresses().at(0);
    client_ = MakeCurlClient(pool_, "tocsin/test");
  }

  Result<ClientResponse> Get(const std::string& path) { return client_->SendAndWait({.url = base_ + path}); }

  async::Pool pool_{2};
  std::mutex mutex_;
  std::vector<Responder> unanswered_;
  std::promise<void> asked_;  // /never got its first request
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
  std::string base_;
};

TEST_F(ClientTest, BringsStatusHeadersAndBody) {
  const auto response = Get("/hello");
  ASSERT_TRUE(response) << response.error().ToString();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->headers.Get("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(response->headers.Get("Content-Length"), "5");
  EXPECT_EQ(response->body, "hello");
}

TEST_F(ClientTest, TakesAnyStatusForAResponse) {
  for (const int status : {204, 404, 429, 500, 503}) {
    const auto response = Get("/status/" + std::to_string(status));
    ASSERT_TRUE(response) << response.error().ToString();
    EXPECT_EQ(response->status, status);
  }
}

TEST_F(ClientTest, SendsMethodBodyAndHeadersAsGivenAndNothingOfItsOwn) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "GET"}) {
    const auto response = client_->SendAndWait({.method = method,
                                                .url = base_ + "/echo",
                                                .headers = {{"X-A", "1"}, {"X-Empty", ""}},
                                                .body = std::string("a\0b", 3)});
    ASSERT_TRUE(response) << response.error().ToString();
    EXPECT_THAT(response->body, StartsWith(std::string(method) + "\n"));
    EXPECT_THAT(response->body, EndsWith(std::string("\n\na\0b", 5)));
    EXPECT_THAT(response->body, HasSubstr("User-Agent: tocsin/test\n"));
    EXPECT_THAT(response->body, HasSubstr("X-A: 1\n"));
    EXPECT_THAT(response->body, HasSubstr("X-Empty: \n"));
    EXPECT_THAT(response->body, Not(HasSubstr("Content-Type")));
    EXPECT_THAT(response->body, Not(HasSubstr("Expect")));
  }
}

TEST_F(ClientTest, SendsEmptyAndLargePosts) {
  const auto empty = client_->SendAndWait({.method = "POST", .url = base_ + "/echo"});
  ASSERT_TRUE(empty) << empty.error().ToString();
  EXPECT_THAT(empty->body, HasSubstr("Content-Length: 0\n"));
  const std::string large(3'000'000, 'p');
  const auto response = client_->SendAndWait({.method = "POST", .url = base_ + "/echo", .body = large});
  ASSERT_TRUE(response) << response.error().ToString();
  EXPECT_THAT(response->body, EndsWith("\n\n" + large));
}

TEST_F(ClientTest, AMessageHasNothingOfTheOneBeforeItToTheSamePlace) {
  const auto send = [this](Headers headers, std::string body) {
    const auto response = client_->SendAndWait({.method = "POST",
                                                .url = base_ + "/echo",
                                                .headers = std::move(headers),
                                                .body = std::move(body),
                                                .max_response_bytes = 1 << 20});
    EXPECT_TRUE(response) << response.error().ToString();
    return response ? response->body : "";
  };
  const std::string large(40'000, 'p');
  EXPECT_THAT(send({{"X-First", "1"}, {"Content-Type", "text/plain"}, {"User-Agent", "one"}}, large),
              EndsWith("\n\n" + large));
  const std::string second = send({{"X-Second", "2"}}, "short");
  EXPECT_THAT(second, HasSubstr("X-Second: 2\n"));
  EXPECT_THAT(second, HasSubstr("User-Agent: tocsin/test\n"));
  EXPECT_THAT(second, HasSubstr("Content-Length: 5\n"));
  EXPECT_THAT(second, EndsWith("\n\nshort"));
  EXPECT_THAT(second, Not(HasSubstr("X-First")));
  EXPECT_THAT(second, Not(HasSubstr("Content-Type")));
  EXPECT_THAT(send({{"X-Third", "3"}, {"User-Agent", "three"}}, ""), HasSubstr("User-Agent: three\n"));
}

TEST_F(ClientTest, AMessageToTheSamePlaceSignsInAsItSays) {
  const auto authorization = [this](std::optional<BasicAuth> auth) {
    const auto response =
        client_->SendAndWait({.method = "POST", .url = base_ + "/echo", .basic_auth = std::move(auth)});
    EXPECT_TRUE(response) << response.error().ToString();
    const std::string body = response ? response->body : "";
    const size_t at = body.find("Authorization: ");
    return at == std::string::npos ? "" : body.substr(at, body.find('\n', at) - at);
  };
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(authorization(BasicAuth{"a", "1"}), "Authorization: Basic YTox");
    EXPECT_EQ(authorization(BasicAuth{"a", "2"}), "Authorization: Basic YToy");
    EXPECT_EQ(authorization(std::nullopt), "");
  }
}

TEST_F(ClientTest, OneThatFailedDoesNotSpoilTheNextToTheSamePlace) {
  const auto send = [this](std::string body, Duration timeout) {
    return client_->SendAndWait(
        {.method = "POST", .url = base_ + "/moody", .body = std::move(body), .timeout = timeout});
  };
  constexpr Duration kLong{10'000};
  for (int i = 0; i < 5; ++i) {
    const auto well = send("fine", kLong);
    ASSERT_TRUE(well) << well.error().ToString();
    EXPECT_EQ(well->body, "fine");
    const auto late = send("hang", Duration(20));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code(), ErrorCode::kTimeout);
    // One that is given up before it starts, and one that may be under way.
    for (const int wait_ms : {0, 5}) {
      const auto given_up = client_->Send({.method = "POST", .url = base_ + "/moody", .body = "hang"},
                                          [](const Result<ClientResponse>&) { ADD_FAILURE(); });
      usleep(static_cast<useconds_t>(wait_ms) * 1000);
    }
  }
  CannedServer closes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut");
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(client_->SendAndWait({.method = "POST", .url = closes.url(), .body = "x"}));
    EXPECT_TRUE(send("fine", kLong));
  }
}

TEST_F(ClientTest, AsksForTheHeaderAlone) {
  const auto response = client_->SendAndWait({.method = "HEAD", .url = base_ + "/hello"});
  ASSERT_TRUE(response) << response.error().ToString();
  EXPECT_EQ(response->headers.Get("Content-Length"), "5");
  EXPECT_EQ(response->body, "");
}

TEST_F(ClientTest, KeepsTheConnection) {
  const auto first = Get("/remote");
  const auto second = Get("/remote");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->body, second->body);
}

TEST_F(ClientTest, RunsManyRequestsAtOnce) {
  constexpr int kCount = 200;
  std::atomic<int> good = 0;
  std::atomic<int> left = kCount;
  std::promise<void> all;
  std::vector<std::unique_ptr<Client::Handle>> handles;
  handles.reserve(kCount);
  for (int i = 0; i < kCount; ++i) {
    handles.push_back(client_->Send({.url = base_ + "/hello"}, [&](const Result<ClientResponse>& response) {
      if (response && response->body == "hello") ++good;
      if (--left == 0) all.set_value();
    }));
  }
  all.get_future().wait();
  EXPECT_EQ(good, kCount);
}

TEST_F(ClientTest, DecompressesGzipWhenAskedTo) {
  const auto plain = Get("/gzip");
  const auto zipped = client_->SendAndWait({.url = base_ + "/gzip", .accept_gzip = true});
  ASSERT_TRUE(plain && zipped);
  EXPECT_EQ(plain->body.size(), 100'000U);
  EXPECT_EQ(zipped->body, plain->body);
  EXPECT_EQ(zipped->headers.Get("Content-Encoding"), "gzip");
}

TEST_F(ClientTest, BoundsTheDecompressedResponse) {
  const auto at_limit =
      client_->SendAndWait({.url = base_ + "/gzip", .max_response_bytes = 100'000, .accept_gzip = true});
  EXPECT_TRUE(at_limit) << at_limit.error().ToString();
  const auto over =
      client_->SendAndWait({.url = base_ + "/gzip", .max_response_bytes = 99'999, .accept_gzip = true});
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(over.error().message(), "GET " + base_ + "/gzip: the response is larger than 99999 bytes");
}

TEST_F(ClientTest, FollowsRedirectsOnlyWhenAskedTo) {
  const auto stays = Get("/redirect");
  const auto follows = client_->SendAndWait({.url = base_ + "/redirect", .follow_redirects = true});
  ASSERT_TRUE(stays && follows);
  EXPECT_EQ(stays->status, 302);
  EXPECT_EQ(stays->headers.Get("Location"), "/hello");
  EXPECT_EQ(follows->body, "hello");
  EXPECT_EQ(follows->headers.Get("X-First"), "") << "the fields of the redirect are not the response's";
}

TEST_F(ClientTest, SendsBasicAuth) {
  const auto response = client_->SendAndWait(
      {.url = base_ + "/echo", .basic_auth = BasicAuth{.username = "Aladdin", .password = "open sesame"}});
  ASSERT_TRUE(response);
  EXPECT_THAT(response->body, HasSubstr("Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n"));
}

TEST_F(ClientTest, ReadsNoProxyFromTheEnvironment) {
  ::setenv("http_proxy", RefusingUrl().c_str(), 1);
  EXPECT_TRUE(Get("/hello"));
  ::unsetenv("http_proxy");
}

TEST_F(ClientTest, UsesTheProxyOfTheRequest) {
  const CannedServer proxy("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nproxy says");
  const auto response = client_->SendAndWait({.url = "http://example.test/x", .proxy_url = proxy.url()});
  ASSERT_TRUE(response) << response.error().ToString();
  EXPECT_THAT(proxy.request(), StartsWith("GET http://example.test/x HTTP/1.1\r\n"));
}

TEST_F(ClientTest, SpeaksOverAUnixSocket) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("tocsin_client_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string path = folder / "s";
  {
    const CannedServer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", path);
    const auto response = client_->SendAndWait({.url = "http://docker/info", .unix_socket = path});
    ASSERT_TRUE(response) << response.error().ToString();
    EXPECT_EQ(response->body, "ok");
    EXPECT_THAT(server.request(), StartsWith("GET /info HTTP/1.1\r\nHost: docker\r\n"));
  }
  const auto gone =
      client_->SendAndWait({.url = "http://docker/info", .unix_socket = (folder / "none").string()});
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(gone.error().message(), HasSubstr("no such file or directory"));
  std::filesystem::remove_all(folder);
}

TEST_F(ClientTest, HandsAStreamOnAsItArrives) {
  const CannedServer server(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\none\n \r\n4\r\ntwo\n\r\n0\r\n\r\n");
  const CannedServer cut("HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbad\r\n9\r\nha");
  const auto run = [this](const std::string& url, std::string& seen) {
    ClientRequest request;
    request.url = url;
    request.max_response_bytes = 1;
    request.stream = Stream{[&seen](int status) { seen += std::to_string(status) + "|"; },
                            [&seen](std::string_view part) { seen += part; }};
    return client_->SendAndWait(std::move(request));
  };
  std::string seen;
  const auto whole = run(server.url(), seen);
  ASSERT_TRUE(whole.has_value()) << whole.error().ToString();
  EXPECT_EQ(seen, "200|one\n two\n");
  EXPECT_EQ(whole->body, "");
  seen.clear();
  const auto broken = run(cut.url(), seen);
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(seen, StartsWith("500|bad"));
}

TEST_F(ClientTest, HandsABodyOnInPiecesWithItsHead) {
  std::string seen;
  const auto run = [&](const std::string& url, size_t most) {
    seen.clear();
    ClientRequest request{
        .url = url, .max_response_bytes = most, .follow_redirects = true, .accept_gzip = true};
    request.take_body = [&seen](const ClientResponse& head, std::string_view piece) {
      if (seen.empty())
        seen = std::to_string(head.status) + std::string(head.headers.Get("Content-Type")) + "|";
      seen += piece;
    };
    return client_->SendAndWait(std::move(request));
  };
  const auto zipped = run(base_ + "/gzip", 100'000);
  ASSERT_TRUE(zipped) << zipped.error().ToString();
  EXPECT_EQ(seen, "200text/plain; charset=utf-8|" + std::string(100'000, 'z'));
  EXPECT_EQ(zipped->status, 200);
  EXPECT_EQ(zipped->body, "");
  const auto over = run(base_ + "/gzip", 99'999);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().message(), "GET " + base_ + "/gzip: the response is larger than 99999 bytes");
  EXPECT_TRUE(run(base_ + "/redirect", 100));
  EXPECT_THAT(seen, EndsWith("|hello"));
  EXPECT_TRUE(run(base_ + "/status/503", 100));
  EXPECT_THAT(seen, StartsWith("503"));
}

TEST_F(ClientTest, ReportsARefusedConnectionWithoutTheUrlsSecrets) {
  std::string url = RefusingUrl();
  url.insert(std::string("http://").size(), "user:secret@");
  const auto response = client_->SendAndWait({.url = url + "/path?token=secret"});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
  EXPECT_TRUE(response.error().retryable());
  EXPECT_THAT(response.error().message(),
              testing::MatchesRegex("GET http://127.0.0.1:[0-9]+/path: connect: connection refused"));
}

TEST_F(ClientTest, ShowsNothingOfASecretPath) {
  const auto response = client_->SendAndWait(
      {.method = "POST", .url = RefusingUrl() + "/services/T0/SECRET", .secret_path = true});
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message(),
              testing::MatchesRegex("POST http://127.0.0.1:[0-9]+/<secret>: connect: .*"));
}

TEST_F(ClientTest, ReportsATimeout) {
  const auto response = client_->SendAndWait({.url = base_ + "/never", .timeout = Duration(50)});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(response.error().message(), "GET " + base_ + "/never: timed out after 50ms");
}

TEST_F(ClientTest, ASilentServerDelaysNoOtherRequest) {
  const auto silent = client_->Send({.url = base_ + "/never"}, [](const auto&) {});
  asked_.get_future().wait();
  EXPECT_TRUE(Get("/hello"));
}

TEST_F(ClientTest, ReportsBrokenAnswers) {
  const auto expect = [&](const std::string& answer, const std::string& words) {
    const CannedServer server(answer);
    const auto response = client_->SendAndWait({.url = server.url() + "/"});
    ASSERT_FALSE(response) << answer;
    EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable) << answer;
    EXPECT_THAT(response.error().message(), HasSubstr(words));
  };
  expect("", "empty reply from server");
  expect("hello there", "not HTTP");
  expect("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "transfer closed");
  expect("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "chunk");
}

TEST_F(ClientTest, BoundsTheHeaderOfAResponse) {
  std::string answer = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 20000; ++i) answer += "X-Many: field of an endless header\r\n";
  const CannedServer server(answer + "\r\n");
  const auto response = client_->SendAndWait({.url = server.url()});
  ASSERT_FALSE(response);
  EXPECT_NE(response.error().code(), ErrorCode::kTimeout) << response.error().ToString();
}

TEST_F(ClientTest, RefusesUrlsAndHeadersThatAreNone) {
  for (const std::string url :
       {"", "ftp://127.0.0.1/x", "file:///etc/passwd", "http://", "http://a b/", "http://[::1/"}) {
    const auto response = client_->SendAndWait({.url = url});
    ASSERT_FALSE(response) << url;
    EXPECT_EQ(response.error().code(), ErrorCode::kInvalidArgument) << url << response.error().ToString();
  }
  const auto split = client_->SendAndWait({.url = base_ + "/hello", .headers = {{"X-A", "1\r\nX-B: 2"}}});
  ASSERT_FALSE(split);
  EXPECT_THAT(split.error().message(), EndsWith("the header X-A holds a line break"));
}

TEST_F(ClientTest, DroppingTheHandleLetsTheRequestGo) {
  std::atomic<bool> called = false;
  auto handle = client_->Send({.url = base_ + "/never"}, [&](const auto&) { called = true; });
  asked_.get_future().wait();
  handle.reset();
  EXPECT_TRUE(Get("/hello"));  // the loop has seen the cancellation before it started this one
  EXPECT_FALSE(called);
}

TEST_F(ClientTest, TheHandleMayBeDroppedFromItsOwnCallbackAndBeforeTheStart) {
  for (int i = 0; i < 100; ++i) (void)client_->Send({.url = base_ + "/hello"}, [](const auto&) {});
  auto handle = std::make_shared<std::unique_ptr<Client::Handle>>();
  std::promise<void> ready;
  std::promise<void> done;
  *handle = client_->Send({.url = base_ + "/hello"}, [&, handle](const auto&) {
    ready.get_future().wait();
    handle->reset();
    done.set_value();
  });
  ready.set_value();
  done.get_future().wait();
}

TEST_F(ClientTest, DestroyingTheClientCancelsWhatIsUnderWay) {
  std::promise<Result<ClientResponse>> answer;
  const auto handle = client_->Send(
      {.url = base_ + "/never"}, [&](Result<ClientResponse> result) { answer.set_value(std::move(result)); });
  asked_.get_future().wait();
  client_.reset();
  const auto result = answer.get_future().get();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kCanceled);
}

TEST(HttpClient, MayEndTogetherWithAPoolThatStoppedFirst) {
  async::Pool pool(1);
  const auto client = MakeCurlClient(pool, "tocsin/test");
  const auto handle = client->Send({.url = RefusingUrl()}, [](const auto&) {});
  pool.Stop();
}

TEST(RedactUrl, DropsUserInfoQueryAndFragment) {
  EXPECT_EQ(RedactUrl("https://user:secret@host:1/path?token=x#y"), "https://host:1/path");
  EXPECT_EQ(RedactUrl("https://user:p@ss@host"), "https://host");
  EXPECT_EQ(RedactUrl("http://host/a@b/c"), "http://host/a@b/c");
  EXPECT_EQ(RedactUrl("user:secret@host/path"), "host/path");
  EXPECT_EQ(RedactUrl("http://u:pa/ss?@host/"), "http://u:pa/ss") << "an unescaped slash ends the authority";
  EXPECT_EQ(RedactUrl(""), "");
}

}  // namespace
}  // namespace tocsin::http
