#include "base/smtp/client.h"

#include <atomic>
#include <chrono>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/base/smtp/smtp_peer.h"

namespace tocsin::smtp {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Mail To(const SmtpPeer& peer) {
  Mail mail;
  mail.server = peer.address();
  mail.hello = "alerts.example.test";
  mail.security = Security::kNone;
  mail.sender = "tocsin@example.test";
  mail.recipients = {"a@example.test", "b@example.test"};
  mail.data = "Subject: up\r\n\r\n.a line that begins with a dot\r\n..two\r\nend\r\n";
  return mail;
}

class SmtpClient : public testing::Test {
 protected:
  Status Send(Mail mail) {
    const auto answer = std::make_shared<std::promise<Status>>();
    const auto handle =
        client_->Send(std::move(mail), [answer](const Status& status) { answer->set_value(status); });
    return answer->get_future().get();
  }

  void ExpectFailure(const SmtpPeer::Script& script, bool retryable, const std::string& words) {
    const SmtpPeer peer(script);
    const Status status = Send(To(peer));
    ASSERT_FALSE(status) << words;
    EXPECT_EQ(status.error().retryable(), retryable) << status.error().ToString();
    EXPECT_EQ(status.error().message(), "SMTP server " + peer.address() + ": " + words);
  }

  async::Pool pool_{2};
  std::unique_ptr<Client> client_ = MakeCurlClient(pool_);
};

TEST_F(SmtpClient, DeliversTheMailToEveryRecipient) {
  const SmtpPeer peer({});
  const Status status = Send(To(peer));
  ASSERT_TRUE(status) << status.error().ToString();
  const auto commands = peer.commands();
  ASSERT_GE(commands.size(), 5U);
  EXPECT_THAT(std::vector(commands.begin(), commands.begin() + 5),
              ElementsAre("EHLO alerts.example.test", StartsWith("MAIL FROM:<tocsin@example.test>"),
                          "RCPT TO:<a@example.test>", "RCPT TO:<b@example.test>", "DATA"));
  EXPECT_EQ(peer.data(), "Subject: up\r\n\r\n..a line that begins with a dot\r\n...two\r\nend\r\n");
}

TEST_F(SmtpClient, SendsLargeMailsAndSeveralAtOnce) {
  const SmtpPeer peer({});
  Mail mail = To(peer);
  for (int i = 0; i < 20000; ++i) mail.data += "a line of a long mail, number " + std::to_string(i) + "\r\n";
  std::vector<std::promise<Status>> answers(5);
  std::vector<std::unique_ptr<Client::Handle>> handles;
  handles.reserve(answers.size());
  for (auto& answer : answers) {
    handles.push_back(client_->Send(mail, [&answer](const Status& status) { answer.set_value(status); }));
  }
  for (auto& answer : answers) {
    const Status status = answer.get_future().get();
    EXPECT_TRUE(status) << status.error().ToString();
  }
  EXPECT_THAT(peer.data(), EndsWith("number 19999\r\n"));
}

TEST_F(SmtpClient, ClassesRefusalsByTheServersReply) {
  ExpectFailure({.greeting = "421 4.3.2 too busy\r\n"}, true, "421 4.3.2 too busy");
  ExpectFailure({.greeting = "554 5.7.1 go away\r\n"}, false, "554 5.7.1 go away");
  ExpectFailure({.replies = {{"MAIL", "451 4.7.1 try later\r\n"}}}, true,
                "MAIL FROM:<tocsin@example.test>: 451 4.7.1 try later");
  ExpectFailure({.replies = {{"RCPT TO:<b", "550-5.1.1 no such user\r\n550 5.1.1 here\r\n"}}}, false,
                "RCPT TO:<b@example.test>: 550 5.1.1 no such user 5.1.1 here");
  ExpectFailure({.replies = {{"RCPT", "450 4.2.0 greylisted\r\n"}}}, true,
                "RCPT TO:<a@example.test>: 450 4.2.0 greylisted");
  ExpectFailure({.replies = {{"DATA", "452 4.3.1 disk full\r\n"}}}, true, "DATA: 452 4.3.1 disk full");
  ExpectFailure({.after_data = "554 5.7.1 spam\r\n"}, false, "DATA: 554 5.7.1 spam");
  ExpectFailure({.after_data = "451 4.3.0 try again\r\n"}, true, "DATA: 451 4.3.0 try again");
}

TEST_F(SmtpClient, MayRetryWhenTheServerGoesAwayInTheMiddleOfTheMail) {
  const SmtpPeer peer({.drop_after_data_bytes = 100'000});
  Mail mail = To(peer);
  for (int i = 0; i < 200'000; ++i) mail.data += "a line of a very long mail that will not arrive\r\n";
  const Status status = Send(std::move(mail));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kUnavailable) << status.error().ToString();
  EXPECT_TRUE(status.error().retryable());
}

TEST_F(SmtpClient, MayRetryWhenNobodyListens) {
  auto peer = std::make_unique<SmtpPeer>(SmtpPeer::Script{});
  const Mail mail = To(*peer);
  peer.reset();
  const Status status = Send(mail);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message(), "SMTP server " + mail.server + ": connect: connection refused");
  EXPECT_TRUE(status.error().retryable());
}

TEST_F(SmtpClient, GivesUpAtItsTimeout) {
  for (const char* command : {"EHLO", "RCPT", "DATA"}) {
    const SmtpPeer peer({.silent_after = command});
    Mail mail = To(peer);
    mail.timeout = Duration(100);
    const Status status = Send(std::move(mail));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kTimeout);
    EXPECT_THAT(status.error().message(), HasSubstr("timed out after 100ms"));
  }
}

TEST_F(SmtpClient, AServerThatDoesNotAnswerQuitHoldsUpNothing) {
  const std::vector<SmtpPeer::Script> scripts = {
      {.silent_after = "QUIT"},
      {.replies = {{"RCPT", "550 no\r\n"}}, .silent_after = "QUIT"},
      {.after_data = "550 no\r\n", .silent_after = "QUIT"},
  };
  for (const SmtpPeer::Script& script : scripts) {
    const SmtpPeer hanging(script);
    const SmtpPeer good({});
    const auto start = std::chrono::steady_clock::now();
    (void)Send(To(hanging));
    EXPECT_TRUE(Send(To(good)));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  }
}

TEST_F(SmtpClient, AuthenticatesWhenTheServerOffersIt) {
  const SmtpPeer peer({.extensions = "250-AUTH PLAIN\r\n", .replies = {{"AUTH", "235 2.7.0 welcome\r\n"}}});
  Mail mail = To(peer);
  mail.username = "user";
  mail.password = "secret";
  const Status status = Send(std::move(mail));
  ASSERT_TRUE(status) << status.error().ToString();
  EXPECT_THAT(peer.commands(), Contains(StartsWith("AUTH PLAIN")));
}

TEST_F(SmtpClient, DoesNotRetryRefusedCredentialsNorShowThem) {
  const SmtpPeer peer(
      {.extensions = "250-AUTH PLAIN\r\n", .replies = {{"AUTH", "535 5.7.8 bad credentials\r\n"}}});
  Mail mail = To(peer);
  mail.username = "user";
  mail.password = "secret";
  const Status status = Send(std::move(mail));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kPermission);
  EXPECT_FALSE(status.error().retryable());
  EXPECT_EQ(status.error().message(), "SMTP server " + peer.address() + ": AUTH: 535 5.7.8 bad credentials");
}

TEST_F(SmtpClient, SendsNothingWhenRequiredEncryptionIsNotOffered) {
  const SmtpPeer peer({.extensions = "250-AUTH PLAIN\r\n"});
  Mail mail = To(peer);
  mail.security = Security::kRequired;
  mail.username = "user";
  mail.password = "secret";
  const Status status = Send(std::move(mail));
  ASSERT_FALSE(status);
  EXPECT_FALSE(status.error().retryable());
  EXPECT_THAT(status.error().message(), HasSubstr("STARTTLS not supported"));
  EXPECT_THAT(peer.commands(), Not(Contains(StartsWith("AUTH"))));
  EXPECT_THAT(peer.commands(), Not(Contains(StartsWith("MAIL"))));
}

TEST_F(SmtpClient, GoesOnInPlainTextWhenEncryptionIsOptional) {
  const SmtpPeer peer({});
  Mail mail = To(peer);
  mail.security = Security::kTry;
  EXPECT_TRUE(Send(std::move(mail)));
}

TEST_F(SmtpClient, RefusesWhatWouldBreakOutOfACommand) {
  const SmtpPeer peer({});
  const auto expect = [&](const auto& change, const std::string& words) {
    Mail mail = To(peer);
    change(mail);
    const Status status = Send(std::move(mail));
    ASSERT_FALSE(status) << words;
    EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(status.error().message(), HasSubstr(words));
  };
  expect([](Mail& m) { m.sender = "a@b>\r\nRSET"; }, "sender");
  expect([](Mail& m) { m.sender = "Name <a@b>"; }, "sender");
  expect([](Mail& m) { m.recipients = {"a@b", "c@d\r\nDATA"}; }, "recipient");
  expect([](Mail& m) { m.recipients = {}; }, "no recipient");
  expect([](Mail& m) { m.hello = "x\r\nRSET"; }, "EHLO");
  expect([](Mail& m) { m.server = "user:secret@127.0.0.1:25"; }, "HOST:PORT");
  EXPECT_THAT(peer.commands(), ElementsAre());
}

TEST_F(SmtpClient, DroppingTheHandleLetsTheMailGo) {
  const SmtpPeer silent({.silent_after = "EHLO"});
  const SmtpPeer good({});
  std::atomic<bool> called = false;
  auto handle = client_->Send(To(silent), [&](const Status&) { called = true; });
  handle.reset();
  EXPECT_TRUE(Send(To(good)));
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace tocsin::smtp
