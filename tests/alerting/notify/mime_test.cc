#include "alerting/notify/receivers/mime.h"

#include <gmock/gmock.h>

namespace tocsin::notify {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find("\r\n", at);
    lines.push_back(text.substr(at, end - at));
    if (end == std::string::npos) break;
    at = end + 2;
  }
  return lines;
}

TEST(Mime, PlainHeadersStandAsTheyAre) {
  EXPECT_EQ(WriteHeader("Subject", "[FIRING:1] Down (blue)"), "Subject: [FIRING:1] Down (blue)\r\n");
}

TEST(Mime, LineBreaksInAHeaderCannotMakeAnother) {
  std::string header = WriteHeader("Subject", "Down\r\nBcc: victim@example.org\n\nbody\x01");
  EXPECT_EQ(header, "Subject: Down Bcc: victim@example.org body\r\n");
}

TEST(Mime, OtherTextBecomesEncodedWordsOfWholeRunes) {
  EXPECT_EQ(WriteHeader("Subject", "h\xC3\xA9"), "Subject: =?UTF-8?B?aMOp?=\r\n");
  std::string text;
  for (int i = 0; i < 100; ++i) text += "\xF0\x9F\x94\xA5";
  std::string header = WriteHeader("Subject", text);
  for (const std::string& line : Lines(header)) EXPECT_LE(line.size(), 78U);
  EXPECT_THAT(header, Not(HasSubstr("\xF0")));
  EXPECT_THAT(WriteHeader("Subject", "=?UTF-8?Q?forged?="), HasSubstr("=?UTF-8?B?"));
}

TEST(Mime, LongHeadersAreFolded) {
  std::string header =
      WriteHeader("Subject",
                  "word word word word word word word word word word word word word word word "
                  "word word word word word word word word word word");
  EXPECT_THAT(Lines(header), SizeIs(2));
  for (const std::string& line : Lines(header)) EXPECT_LE(line.size(), 78U);
  EXPECT_THAT(WriteHeader("Subject", std::string(2000, 'x')), HasSubstr("=?UTF-8?B?"));
}

TEST(Mime, QuotedPrintableKeepsLinesShortAndSpacesAtTheirEnds) {
  EXPECT_EQ(QuotedPrintable("a=b\nh\xC3\xA9 \nx\r\ny"), "a=3Db\r\nh=C3=A9=20\r\nx\r\ny\r\n");
  EXPECT_EQ(QuotedPrintable("\xFF"), "=EF=BF=BD\r\n");
  for (const std::string& line : Lines(QuotedPrintable(std::string(1000, 'x') + std::string(200, '=')))) {
    EXPECT_LE(line.size(), 76U);
  }
}

TEST(Mime, ReadsAddressLists) {
  auto addresses = ParseAddresses("a@b.example, \"Doe, J \\\"x\\\"\" <j@d.example> , Ops <ops@d.example>");
  ASSERT_TRUE(addresses.has_value()) << addresses.error().message();
  ASSERT_THAT(*addresses, SizeIs(3));
  EXPECT_EQ((*addresses)[1].name, "Doe, J \"x\"");
  EXPECT_EQ((*addresses)[2].address, "ops@d.example");
  EXPECT_EQ(WriteAddresses(*addresses),
            "a@b.example, \"Doe, J \\\"x\\\"\" <j@d.example>, \"Ops\" <ops@d.example>");
}

TEST(Mime, AnEscapedQuoteInANameEndsNothing) {
  auto addresses = ParseAddresses(R"("six\" by four, oak\\" <a@b>, c@d)");
  ASSERT_TRUE(addresses.has_value()) << addresses.error().message();
  ASSERT_THAT(*addresses, SizeIs(2));
  EXPECT_EQ((*addresses)[0].name, R"(six" by four, oak\)");
  EXPECT_EQ(ParseAddresses(WriteAddresses(*addresses)).value().size(), 2U);
}

TEST(Mime, RefusesAddressesThatCouldForgeCommands) {
  for (const char* text : {"", "a", "@b", "a@", "a@b>\r\nRCPT TO:<c@d", "a@b c", "<a@b", "a@b,", "a\n@b",
                           "<a@b>\r\nBcc: x@y", "\"x <a@b>, c@d"}) {
    EXPECT_FALSE(ParseAddresses(text).has_value()) << text;
  }
}

TEST(Mime, AlternativesAreBoundedByWhatTheirTextsCannotHold) {
  std::string body = WriteAlternatives({{"text/plain", "--=_seed--\n"}, {"text/html", "<b>x</b>"}}, "seed");
  EXPECT_EQ(body,
            "Content-Type: multipart/alternative;\r\n boundary=\"=_seed\"\r\n\r\n"
            "--=_seed\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: "
            "quoted-printable\r\n\r\n"
            "--=3D_seed--\r\n"
            "--=_seed\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: "
            "quoted-printable\r\n\r\n"
            "<b>x</b>\r\n"
            "--=_seed--\r\n");
}

TEST(Mime, DatesAreRfc5322) {
  EXPECT_EQ(MailDate(Timestamp::FromMillis(1'763'671'200'000)), "Thu, 20 Nov 2025 20:40:00 +0000");
}

}  // namespace
}  // namespace tocsin::notify
