// Mail over TLS, and what happens to passwords without it.
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/smtp/client.h"
#include "tests/base/smtp/smtp_peer.h"
#include "tests/base/tls/certificates.h"

namespace tocsin::smtp {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kAuth = "250-AUTH PLAIN LOGIN\r\n";

class SmtpTls : public testing::Test {
 protected:
  Mail To(const SmtpPeer& peer, Security security) {
    Mail mail;
    mail.server = peer.address();
    mail.hello = "alerts.example.test";
    mail.security = security;
    mail.sender = "tocsin@example.test";
    mail.recipients = {"a@example.test"};
    mail.data = "Subject: up\r\n\r\ntext\r\n";
    mail.tls.ca_file = authority_.file();
    return mail;
  }
  static Mail SignedIn(Mail mail) {
    mail.username = "user";
    mail.password = "secret";
    return mail;
  }
  Status Send(Mail mail) {
    const auto answer = std::make_shared<std::promise<Status>>();
    const auto handle =
        client_->Send(std::move(mail), [answer](Status status) { answer->set_value(std::move(status)); });
    return answer->get_future().get();
  }
  SmtpPeer::Script Script(SmtpPeer::Tls tls) const {
    return {.extensions = kAuth, .replies = {{"AUTH", "235 2.7.0 welcome\r\n"}}, .tls = tls, .pair = pair_};
  }

  const tls::Authority authority_;
  const tls::Pair pair_ = authority_.Issue("mail", "IP:127.0.0.1,IP:127.0.0.2,DNS:mail.example.test");
  async::Pool pool_{2};
  std::unique_ptr<Client> client_ = MakeCurlClient(pool_);
};

TEST_F(SmtpTls, DeliversBehindStartTls) {
  const SmtpPeer peer(Script(SmtpPeer::Tls::kStartTls));
  for (const Security security : {Security::kRequired, Security::kTry}) {
    const Status status = Send(SignedIn(To(peer, security)));
    ASSERT_TRUE(status) << status.error().ToString();
    EXPECT_EQ(peer.data(), "Subject: up\r\n\r\ntext\r\n");
    EXPECT_THAT(peer.commands(), Contains(StartsWith("AUTH PLAIN")));
  }
}

TEST_F(SmtpTls, DeliversOverTlsFromTheFirstByte) {
  const SmtpPeer peer(Script(SmtpPeer::Tls::kImplicit));
  const Status status = Send(SignedIn(To(peer, Security::kImplicit)));
  ASSERT_TRUE(status) << status.error().ToString();
  EXPECT_EQ(peer.data(), "Subject: up\r\n\r\ntext\r\n");
}

TEST_F(SmtpTls, SendsNothingToAServerThatItDoesNotTrust) {
  const tls::Authority stranger("a stranger");
  for (const auto& [tls, security] : {std::pair(SmtpPeer::Tls::kStartTls, Security::kRequired),
                                      std::pair(SmtpPeer::Tls::kStartTls, Security::kTry),
                                      std::pair(SmtpPeer::Tls::kImplicit, Security::kImplicit)}) {
    const SmtpPeer peer(Script(tls));
    Mail mail = SignedIn(To(peer, security));
    mail.tls.ca_file = stranger.file();
    const Status status = Send(std::move(mail));
    ASSERT_FALSE(status);
    EXPECT_FALSE(status.error().retryable());
    EXPECT_THAT(status.error().message(), HasSubstr("certificate"));
    EXPECT_THAT(peer.commands(), Not(Contains(StartsWith("MAIL"))));
    EXPECT_THAT(peer.commands(), Not(Contains(StartsWith("AUTH"))));
  }
}

TEST_F(SmtpTls, VerifiesTheServersName) {
  SmtpPeer::Script script = Script(SmtpPeer::Tls::kStartTls);
  script.pair = authority_.Issue("other", "DNS:other.example.test");
  const SmtpPeer peer(script);
  const Status wrong = Send(To(peer, Security::kRequired));
  ASSERT_FALSE(wrong);
  EXPECT_FALSE(wrong.error().retryable());
  Mail named = To(peer, Security::kRequired);
  named.tls.server_name = "other.example.test";
  EXPECT_TRUE(Send(std::move(named)));
  Mail trusting = To(peer, Security::kRequired);
  trusting.tls.verify = false;
  EXPECT_TRUE(Send(std::move(trusting)));
}

TEST_F(SmtpTls, SendsNothingWhereRequiredTlsIsNotOffered) {
  const SmtpPeer peer({.extensions = kAuth});
  const Status status = Send(SignedIn(To(peer, Security::kRequired)));
  ASSERT_FALSE(status);
  EXPECT_FALSE(status.error().retryable());
  EXPECT_THAT(peer.commands(), Not(Contains(StartsWith("AUTH"))));
  EXPECT_THAT(peer.commands(), Not(Contains(StartsWith("MAIL"))));
}

TEST_F(SmtpTls, NoPasswordGoesToAnotherMachineInPlainText) {
  for (const Security security : {Security::kNone, Security::kTry}) {
    SmtpPeer::Script script = Script(SmtpPeer::Tls::kNone);
    script.address = "127.0.0.2";  // not one of the names of this machine that Go knows
    const SmtpPeer peer(script);
    const Status status = Send(SignedIn(To(peer, security)));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kPermission);
    EXPECT_FALSE(status.error().retryable());
    EXPECT_THAT(status.error().message(), HasSubstr("the password would go over an unencrypted connection"));
    for (const char* command : {"AUTH", "MAIL"})
      EXPECT_THAT(peer.commands(), Not(Contains(StartsWith(command)))) << command;
  }
}

TEST_F(SmtpTls, WithoutAPasswordToShowPlainTextIsAllowed) {
  SmtpPeer::Script script = Script(SmtpPeer::Tls::kNone);
  script.address = "127.0.0.2";
  const SmtpPeer with_auth(script);
  EXPECT_TRUE(Send(To(with_auth, Security::kNone)));
  script.extensions = "";
  const SmtpPeer without_auth(script);
  EXPECT_TRUE(Send(SignedIn(To(without_auth, Security::kNone))))
      << "as Alertmanager: there is nobody to sign in with";
  EXPECT_THAT(without_auth.commands(), Not(Contains(StartsWith("AUTH"))));
}

TEST_F(SmtpTls, ToThisMachineAPasswordMayGoInPlainText) {
  const SmtpPeer peer(Script(SmtpPeer::Tls::kNone));
  EXPECT_TRUE(Send(SignedIn(To(peer, Security::kNone))));
  EXPECT_THAT(peer.commands(), Contains(StartsWith("AUTH PLAIN")));
}

TEST_F(SmtpTls, BehindTlsAPasswordMayGoAnywhere) {
  SmtpPeer::Script script = Script(SmtpPeer::Tls::kStartTls);
  script.address = "127.0.0.2";
  const SmtpPeer peer(script);
  const Status status = Send(SignedIn(To(peer, Security::kTry)));
  ASSERT_TRUE(status) << status.error().ToString();
  EXPECT_THAT(peer.commands(), Contains(StartsWith("AUTH PLAIN")));
}

}  // namespace
}  // namespace tocsin::smtp
