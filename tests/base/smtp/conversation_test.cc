#include "base/smtp/conversation.h"

#include <gtest/gtest.h>

namespace tocsin::smtp {
namespace {

TEST(Conversation, KeepsTheLastCommandAndItsWholeReply) {
  Conversation talk;
  EXPECT_TRUE(talk.Received("220 ready\r\n"));
  talk.Sent("RCPT TO:<a@example.test>\r\n");
  EXPECT_FALSE(talk.Received("550-5.1.1 no such user\r\n"));
  EXPECT_EQ(talk.code(), 220) << "the reply is not whole yet";
  EXPECT_TRUE(talk.Received("550 5.1.1 see https://example.test/why\r\n"));
  EXPECT_EQ(talk.command(), "RCPT TO:<a@example.test>");
  EXPECT_EQ(talk.code(), 550);
  EXPECT_EQ(talk.reply(), "550 5.1.1 no such user 5.1.1 see https://example.test/why");
}

TEST(Conversation, KeepsNothingOfCredentials) {
  Conversation talk;
  talk.Sent("AUTH PLAIN AHVzZXIAc2VjcmV0\r\n");
  EXPECT_EQ(talk.command(), "AUTH");
  talk.Sent("c2VjcmV0\r\n");
  EXPECT_EQ(talk.command(), "AUTH");
}

TEST(Conversation, IgnoresTheReplyToQuit) {
  Conversation talk;
  talk.Sent("DATA\r\n");
  EXPECT_TRUE(talk.Received("554 spam"));
  talk.Sent("QUIT\r\n");
  EXPECT_FALSE(talk.Received("221 bye"));
  EXPECT_EQ(talk.reply(), "554 spam");
}

TEST(Conversation, BoundsAReplyAndSurvivesNonsense) {
  Conversation talk;
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(talk.Received("250-" + std::string(50, 'x')));
  EXPECT_TRUE(talk.Received("250"));
  EXPECT_LT(talk.reply().size(), 1100U);
  for (const char* line : {"", "\r\n", "2", "ab", "2x0 no", "-50 no"})
    EXPECT_FALSE(talk.Received(line)) << line;
}

}  // namespace
}  // namespace tocsin::smtp
