#include "alerting/collect/transport.h"

#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

namespace tocsin::collect {
namespace {

http::ClientRequest Request(const TransportOptions& options, const std::string& url = "https://h/") {
  Result<http::ClientRequest> request = MakeRequest(options, url, Duration(5000));
  EXPECT_TRUE(request.has_value());
  return request.value_or(http::ClientRequest{});
}

TEST(Transport, SendsTheHeadersThatAreConfigured) {
  TransportOptions options;
  options.headers = {{"X-A", {{Secret("1"), ""}, {Secret("2"), ""}}}};
  options.authorization = TransportOptions::Authorization{"Bearer", {Secret("t"), ""}};
  const http::ClientRequest request = Request(options);
  EXPECT_EQ(request.headers.Get("Authorization"), "Bearer t");
  EXPECT_EQ(std::count_if(request.headers.begin(), request.headers.end(),
                          [](const auto& field) { return field.first == "X-A"; }),
            2);
  options.headers = {{"X-A", {{Secret(), "/no/such/file"}}}};
  EXPECT_FALSE(MakeRequest(options, "http://h/", Duration(1)).has_value());
}

TEST(Transport, AProxyWithExceptionsIsNotForThisMachine) {
  TransportOptions options;
  options.proxy.url = "http://p:1/";
  EXPECT_EQ(Request(options).no_proxy, "");
  options.proxy.no_proxy = "example.com";
  EXPECT_EQ(Request(options).no_proxy, "example.com,localhost,127.0.0.0/8,::1");
}

TEST(Transport, TheEnvironmentsProxyIsThatOfTheUrlsScheme) {
  TransportOptions options;
  options.proxy.from_environment = true;
  ::setenv("HTTPS_PROXY", "http://secure:1", 1);
  ::setenv("http_proxy", "http://plain:1", 1);
  ::setenv("NO_PROXY", "a.b", 1);
  EXPECT_EQ(Request(options).proxy_url, "http://secure:1");
  EXPECT_EQ(Request(options).no_proxy, "a.b,localhost,127.0.0.0/8,::1");
  EXPECT_EQ(Request(options, "http://h/").proxy_url, "http://plain:1");
  for (const char* name : {"HTTPS_PROXY", "http_proxy", "NO_PROXY"}) ::unsetenv(name);
  EXPECT_EQ(Request(options).proxy_url, "");
}

TEST(Transport, TlsMaterialMayBeTextOrFile) {
  TransportOptions options;
  options.tls.ca = {Secret("PEM"), ""};
  options.tls.cert = {Secret(), "/c"};
  options.tls.min_version = 13;
  const http::ClientRequest request = Request(options);
  EXPECT_EQ(request.tls.ca, "PEM");
  EXPECT_EQ(request.tls.cert_file, "/c");
  EXPECT_EQ(request.tls.min_version, 13);
}

}  // namespace
}  // namespace tocsin::collect
