#include "exporter/certificates/address.h"

#include <gtest/gtest.h>

namespace tocsin::certificates {
namespace {

TEST(ParseAddress, AsksForTheHostUnlessItIsAnIpAddressOrANameIsGiven) {
  const auto name = ParseAddress("www.example.org:443");
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->server_name, "www.example.org");
  const auto ip = ParseAddress("127.0.0.1:8443");
  ASSERT_TRUE(ip.has_value());
  EXPECT_EQ(ip->server_name, "");
  EXPECT_EQ(ip->HostAndPort(), "127.0.0.1:8443");
  const auto both = ParseAddress("[::1]:443/shop.example.org");
  ASSERT_TRUE(both.has_value());
  EXPECT_EQ(both->host, "::1");
  EXPECT_EQ(both->server_name, "shop.example.org");
  EXPECT_EQ(both->HostAndPort(), "[::1]:443");
}

TEST(ParseAddress, SaysWhatIsWrong) {
  const auto fault = [](std::string_view text) {
    const auto parsed = ParseAddress(text);
    return parsed ? std::string() : parsed.error().message();
  };
  EXPECT_EQ(fault("example.org"), "'example.org' is no HOST:PORT or HOST:PORT/NAME: there is no port");
  EXPECT_EQ(fault("a:0"), "'a:0' is no HOST:PORT or HOST:PORT/NAME: '0' is no port");
  EXPECT_EQ(fault("a:70000"), "'a:70000' is no HOST:PORT or HOST:PORT/NAME: '70000' is no port");
  EXPECT_EQ(fault(":443"), "':443' is no HOST:PORT or HOST:PORT/NAME: there is no host");
  EXPECT_EQ(fault("::1:443"),
            "'::1:443' is no HOST:PORT or HOST:PORT/NAME: an IPv6 address stands in brackets");
  EXPECT_EQ(fault("a:443/"), "'a:443/' is no HOST:PORT or HOST:PORT/NAME: there is no name behind the '/'");
}

}  // namespace
}  // namespace tocsin::certificates
