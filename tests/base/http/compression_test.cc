#include "base/http/compression.h"

#include <gtest/gtest.h>

#include "base/http/client.h"
#include "tests/base/http/raw_client.h"

namespace tocsin::http {
namespace {

TEST(AcceptsGzip, ReadsNamesAndWeights) {
  for (const char* yes : {"gzip", "deflate, gzip", "GZIP;q=0.5", "br;q=1.0, gzip;q=0.001", "*", "x-gzip",
                          "*;q=0.1", "identity;q=0, gzip ; q=1"}) {
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  }
  for (const char* no : {"", "identity", "gzip;q=0", "gzip;q=0.0, *", "*;q=0", "deflate", "gzipped",
                         "gzip;q=x", "br, zstd", ",,;"}) {
    EXPECT_FALSE(AcceptsGzip(no)) << no;
  }
}

TEST(Compress, LeavesAloneWhatIsNotWorthIt) {
  const auto compressed = [](Response response) {
    Compress(response, true);
    return response.headers.Find("Content-Encoding") != nullptr;
  };
  EXPECT_FALSE(compressed(Response::Text(200, std::string(1023, 'a'))));
  EXPECT_TRUE(compressed(Response::Text(200, std::string(1024, 'a'))));
  EXPECT_TRUE(compressed(Response::Json(200, std::string(5000, 'a'))));
  Response image = Response::Text(200, std::string(5000, 'a'));
  image.headers.Set("Content-Type", "image/png");
  EXPECT_FALSE(compressed(image));
}

TEST(Compress, LeavesAloneWhatIsEncodedAlready) {
  Response response = Response::Text(200, std::string(5000, 'a'));
  response.headers.Set("Content-Encoding", "br");
  Compress(response, true);
  EXPECT_EQ(response.body.size(), 5000U);
  EXPECT_EQ(response.headers.Get("Content-Encoding"), "br");
}

TEST(Compress, TellsCachesThatThereAreTwoForms) {
  for (const bool accepts : {true, false}) {
    Response response = Response::Text(200, std::string(5000, 'a'));
    Compress(response, accepts);
    EXPECT_EQ(response.headers.Get("Vary"), "Accept-Encoding");
  }
}

TEST(Compress, AClientGetsBackTheSameBytes) {
  async::Pool pool(2);
  // Both of what shrinks well and of what does not, and larger than a piece of the compressor's.
  std::string text;
  unsigned int seed = 1;
  for (int i = 0; i < 300'000; ++i)
    text += static_cast<char>(i % 3 == 0 ? 'x' : (seed = seed * 1103515245 + 12345) >> 24);
  Router router;
  router.Get("/", [&](const Request&) { return Response::Text(200, text); });
  auto server = Server::Start(pool, {.listen = {"127.0.0.1:0"}}, std::move(router), Logger());
  ASSERT_TRUE(server);
  const auto client = MakeCurlClient(pool, "test");
  const std::string url = "http://" + (*server)->addresses().front() + "/";
  const auto response = client->SendAndWait({.url = url, .accept_gzip = true});
  ASSERT_TRUE(response) << response.error().ToString();
  EXPECT_EQ(response->headers.Get("Content-Encoding"), "gzip");
  EXPECT_EQ(response->body, text);
  const auto plain = client->SendAndWait({.url = url});
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->headers.Find("Content-Encoding"), nullptr);
  EXPECT_EQ(plain->body, text);
  RawClient raw((*server)->addresses().front());
  raw.Send("HEAD / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
  const RawResponse head = raw.Read(true);
  EXPECT_EQ(head.headers.at("content-encoding"), "gzip") << "HEAD describes what GET would send";
}

}  // namespace
}  // namespace tocsin::http
