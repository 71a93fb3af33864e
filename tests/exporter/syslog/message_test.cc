#include "exporter/syslog/message.h"

#include <string_view>

#include <gtest/gtest.h>

#include "exporter/syslog/address.h"

namespace tocsin::syslog {
namespace {

TEST(SyslogMessage, GivesTheLineThatNginxSent) {
  EXPECT_EQ(LineOf("<190>Nov 21 10:15:03 web-1 nginx: {\"status\":\"200\"}"), "{\"status\":\"200\"}");
  EXPECT_EQ(LineOf("<190>Nov  1 10:15:03 nginx: without a host's name"), "without a host's name");
  EXPECT_EQ(LineOf("<6>Nov 21 10:15:03 web-1 my_tag: a: b: c"), "a: b: c");
  EXPECT_EQ(LineOf("<190>Nov 21 10:15:03 web-1 nginx: line\n"), "line");
  EXPECT_EQ(LineOf("<190>Nov 21 10:15:03 web-1 nginx: "), "");
}

TEST(SyslogMessage, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"", "line", "<190>", "<1900>Nov 21 10:15:03 h t: x", "<>Nov 21 10:15:03 h t: x",
        "<190>Nov 21 10:15:03", "<190>1 2026-11-21T10:15:03Z host app - - - x",
        "<190>Nov 21 10:15:03 host no tag here", "<19x>Nov 21 10:15:03 h t: x"}) {
    EXPECT_FALSE(LineOf(text)) << text;
  }
}

TEST(SyslogAddress, KnowsUdpAndUnix) {
  EXPECT_EQ(ParseAddress("udp://127.0.0.1:5531").value().port, "5531");
  EXPECT_EQ(ParseAddress("udp://[::1]:5531").value().host, "::1");
  EXPECT_EQ(ParseAddress("udp://:5531").value().host, "");
  EXPECT_EQ(ParseAddress("unix:///run/tocsin.sock").value().path, "/run/tocsin.sock");
  for (const std::string_view text : {"", "127.0.0.1:5531", "tcp://127.0.0.1:1", "udp://127.0.0.1",
                                      "udp://127.0.0.1:x", "udp://127.0.0.1:70000", "unix://relative"}) {
    EXPECT_FALSE(ParseAddress(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace tocsin::syslog
