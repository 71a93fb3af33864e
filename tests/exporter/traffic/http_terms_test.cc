#include "exporter/traffic/http_terms.h"

#include <string>

#include <gtest/gtest.h>

namespace tocsin::traffic {
namespace {

TEST(Methods, UnknownOnesAreOther) {
  for (const char* known : {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}) {
    EXPECT_EQ(MethodName(MethodIndex(known)), known);
  }
  for (const char* unknown : {"", "get", "PROPFIND", "\x16\x03\x01", "other"}) {
    EXPECT_EQ(MethodName(MethodIndex(unknown)), "other");
  }
}

TEST(Statuses, EachKnownOneKeepsItsName) {
  int known = 0;
  for (int status = -1; status < 1000; ++status) {
    const std::string_view name = StatusName(StatusIndex(status));
    if (name == "other") continue;
    EXPECT_EQ(name, std::to_string(status));
    ++known;
  }
  EXPECT_EQ(known, static_cast<int>(kStatusCount) - 1) << "a name in the table is empty or stands twice";
}

TEST(Statuses, UnknownOnesAreOther) {
  for (const int unknown : {-1, 0, 9, 299, 420, 520, 600, 999}) {
    EXPECT_EQ(StatusName(StatusIndex(unknown)), "other") << unknown;
  }
}

TEST(MethodIndexOfRequest, IsThatOfTheFirstWord) {
  for (size_t i = 0; i < kMethodCount; ++i) {
    const std::string method = i == 0 ? "BREW" : std::string(MethodName(i));
    for (const char* rest : {" /x HTTP/1.1", "", " ", "/ HTTP/1.1", "S / HTTP/1.1", "  /"}) {
      const std::string request = method + rest;
      EXPECT_EQ(MethodIndexOfRequest(request), MethodIndex(request.substr(0, request.find(' ')))) << request;
    }
  }
  for (const char* request : {"", " ", " GET / HTTP/1.1", "\x16\x03\x01 123456", "get / HTTP/1.1"})
    EXPECT_EQ(MethodIndexOfRequest(request), 0U) << request;
}

}  // namespace
}  // namespace tocsin::traffic
