#include "exporter/parse/error_log.h"

#include <string>

#include <gtest/gtest.h>

namespace tocsin::parse {
namespace {

constexpr std::string_view kRefused =
    "2026/11/20 20:13:00 [error] 31#32: *17 connect() failed (111: Connection refused) while connecting to "
    "upstream, client: 192.0.2.1, server: shop.example, request: \"GET /a?b=\"c\" HTTP/1.1\", upstream: "
    "\"http://127.0.0.1:8081/a?b=c\", host: \"shop.example:8080\", referrer: \"http://x/\"";

TEST(ErrorLog, TakesALineApart) {
  const auto line = ParseErrorLine(kRefused);
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->time, "2026/11/20 20:13:00");
  EXPECT_EQ(line->level, ErrorLevel::kError);
  EXPECT_EQ(line->category, ErrorCategory::kConnectionRefused);
  EXPECT_EQ(line->message, "connect() failed (111: Connection refused) while connecting to upstream");
  EXPECT_EQ(line->client, "192.0.2.1");
  EXPECT_EQ(line->server, "shop.example");
  EXPECT_EQ(line->request, "GET /a?b=\"c\" HTTP/1.1");
  EXPECT_EQ(line->upstream, "127.0.0.1:8081");
  EXPECT_EQ(line->host, "shop.example:8080");
}

TEST(ErrorLog, ReadsEachCutOfALine) {
  for (size_t size = 0; size < kRefused.size(); ++size) {
    const auto line = ParseErrorLine(kRefused.substr(0, size));
    EXPECT_EQ(line.has_value(), size >= 35) << size;
  }
  const auto cut = ParseErrorLine(kRefused.substr(0, kRefused.find("8081/")));
  EXPECT_EQ(cut->upstream, "127.0.0.1:");
}

ErrorCategory CategoryOf(const std::string& message) {
  const auto line = ParseErrorLine("2026/11/20 20:13:00 [error] 1#1: *1 " + message + ", client: 1.2.3.4");
  EXPECT_TRUE(line.has_value());
  return line->category;
}

// Messages as nginx 1.22 has them.
TEST(ErrorLog, KnowsTheCategories) {
  using enum ErrorCategory;
  EXPECT_EQ(CategoryOf("connect() failed (111: Connection refused) while connecting to upstream"),
            kConnectionRefused);
  EXPECT_EQ(CategoryOf(
                "upstream timed out (110: Connection timed out) while reading response header from upstream"),
            kTimedOut);
  EXPECT_EQ(CategoryOf("no live upstreams while connecting to upstream"), kNoLiveUpstreams);
  EXPECT_EQ(
      CategoryOf("recv() failed (104: Connection reset by peer) while reading response header from upstream"),
      kConnectionReset);
  EXPECT_EQ(CategoryOf("writev() failed (32: Broken pipe) while sending request to upstream"),
            kConnectionReset);
  EXPECT_EQ(CategoryOf("upstream prematurely closed connection while reading response header from upstream"),
            kConnectionReset);
  EXPECT_EQ(
      CategoryOf(
          "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL "
          "handshaking to upstream"),
      kSsl);
  EXPECT_EQ(
      CategoryOf(
          "peer closed connection in SSL handshake (104: Connection reset by peer) while SSL handshaking"),
      kSsl);
  EXPECT_EQ(CategoryOf("upstream SSL certificate does not match \"x\" while SSL handshaking to upstream"),
            kSsl);
  EXPECT_EQ(CategoryOf("client prematurely closed connection"), kClientClosed);
  EXPECT_EQ(
      CategoryOf("epoll_wait() reported that client prematurely closed connection, so upstream connection is "
                 "closed too while sending request to upstream"),
      kClientClosed);
  EXPECT_EQ(CategoryOf("client 127.0.0.1 closed keepalive connection"), kOther);
  EXPECT_EQ(CategoryOf("open() \"/srv/x\" failed (2: No such file or directory)"), kOther);
}

TEST(ErrorLog, ReadsLinesWithoutAConnection) {
  const auto line = ParseErrorLine(
      "2026/11/20 20:13:00 [emerg] 1#1: bind() to 0.0.0.0:80 failed (98: Address already in use)");
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->level, ErrorLevel::kEmerg);
  EXPECT_EQ(line->message, "bind() to 0.0.0.0:80 failed (98: Address already in use)");
  EXPECT_TRUE(line->client.empty());
}

TEST(ErrorLog, KnowsAddressesOfAllKinds) {
  EXPECT_EQ(UpstreamAddress("http://127.0.0.1:8081/a"), "127.0.0.1:8081");
  EXPECT_EQ(UpstreamAddress("https://[2001:db8::1]:443"), "[2001:db8::1]:443");
  EXPECT_EQ(UpstreamAddress("fastcgi://unix:/run/php/fpm.sock:"), "unix:/run/php/fpm.sock");
  EXPECT_EQ(UpstreamAddress("http://unix:/run/app.sock:/a/b"), "unix:/run/app.sock");
  EXPECT_EQ(UpstreamAddress("127.0.0.1:5432"), "127.0.0.1:5432");
}

TEST(ErrorLog, WhatDoesNotBeginAsALineIsNone) {
  for (const char* text :
       {"", "PHP message: oops", "2026/11/20 20:13:00", "2026/11/20 20:13:00 [loud] 1#1: x",
        "2026/11/20 20:13:00 [error] x", R"({"status":200})"}) {
    EXPECT_FALSE(ParseErrorLine(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace tocsin::parse
