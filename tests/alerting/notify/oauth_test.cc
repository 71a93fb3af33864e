#include "alerting/notify/receivers/oauth.h"

#include <gmock/gmock.h>

#include "alerting/notify/receivers/webhook.h"
#include "tests/alerting/notify/messages.h"
#include "tests/alerting/notify/services.h"

namespace tocsin::notify {
namespace {

using testing::FakeHttp;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::SampleNotification;
using ::testing::SizeIs;

class OAuth : public ::testing::Test {
 protected:
  OAuth() {
    options_.client_id = "id";
    options_.client_secret.value = Secret("s+e/c");
    options_.token_url = "https://auth.example/token";
    options_.scopes = {"a", "b"};
    options_.endpoint_params = {{"audience", "x&y"}};
  }
  static http::ClientResponse Token(const std::string& token, int seconds) {
    return {200,
            {},
            R"({"access_token":")" + token + R"(","token_type":"bearer","expires_in":)" +
                std::to_string(seconds) + "}",
            Duration(1)};
  }
  Result<std::string> Get() {
    Result<std::string> got = Fail(ErrorCode::kInternal, "done was not called");
    tokens().Get(Duration(1000), [&](Result<std::string> result) { got = std::move(result); });
    return got;
  }
  OAuthTokens& tokens() {
    if (!tokens_) tokens_ = std::make_shared<OAuthTokens>(options_, http_, clock_);
    return *tokens_;
  }

  FakeClock clock_{Timestamp::FromMillis(0)};
  FakeHttp http_;
  OAuthOptions options_;
  std::shared_ptr<OAuthTokens> tokens_;
};

TEST_F(OAuth, AsksOnceAndKeepsTheTokenUntilItExpires) {
  http_.next = {Token("one", 60), Token("two", 60)};
  EXPECT_EQ(*Get(), "Bearer one");
  EXPECT_EQ(*Get(), "Bearer one");
  ASSERT_THAT(http_.requests, SizeIs(1));
  const http::ClientRequest& request = http_.requests[0];
  EXPECT_EQ(request.body, "audience=x%26y&grant_type=client_credentials&scope=a+b");
  EXPECT_EQ(request.basic_auth->username, "id");
  EXPECT_EQ(request.basic_auth->password, "s%2Be%2Fc");
  clock_.Advance(Duration(51'000));
  EXPECT_EQ(*Get(), "Bearer two");
}

TEST_F(OAuth, OffersTheSecretInTheBodyWhenTheHeaderIsRefused) {
  http_.next = {http::ClientResponse{401, {}, "", Duration(1)}, Token("one", 60)};
  EXPECT_EQ(*Get(), "Bearer one");
  EXPECT_THAT(http_.requests.at(1).body, HasSubstr("client_id=id&client_secret=s%2Be%2Fc"));
  EXPECT_FALSE(http_.requests.at(1).basic_auth.has_value());
}

TEST_F(OAuth, WhoAsksMeanwhileWaitsForTheSameAnswer) {
  http_.hangs = true;
  std::vector<std::string> got;
  for (int i = 0; i < 3; ++i)
    tokens().Get(Duration(1000), [&](const Result<std::string>& token) { got.push_back(*token); });
  ASSERT_THAT(http_.pending, SizeIs(1));
  http_.pending[0](Token("one", 60));
  EXPECT_THAT(got, ::testing::ElementsAre("Bearer one", "Bearer one", "Bearer one"));
}

TEST_F(OAuth, FailuresNameNoSecretAndTellWhetherTheyMayPass) {
  http_.answer = http::ClientResponse{400, {}, "bad secret s+e/c", Duration(1)};
  const auto refused = Get();
  EXPECT_FALSE(refused.error().retryable());
  EXPECT_THAT(refused.error().ToString(), Not(HasSubstr("s+e/c")));
  http_.answer = http::ClientResponse{503, {}, "", Duration(1)};
  EXPECT_TRUE(Get().error().retryable());
  http_.answer = http::ClientResponse{200, {}, "no JSON", Duration(1)};
  EXPECT_THAT(Get().error().message(), HasSubstr("access_token"));
}

TEST_F(OAuth, ATokenThatIsRefusedIsNotUsedAgain) {
  WebhookOptions webhook;
  webhook.url.value = Secret("https://hook.example/");
  webhook.http.oauth = options_;
  auto templates = Templates::Load({}, clock_, "");
  const WebhookIntegration integration({"team", "webhook", 0}, webhook, "", {http_, clock_, *templates});
  http_.next = {Token("one", 600), http::ClientResponse{401, {}, "revoked", Duration(1)}, Token("two", 600),
                http::ClientResponse{200, {}, "ok", Duration(1)}};
  std::vector<SendResult> results;
  for (int i = 0; i < 2; ++i) {
    auto attempt = integration.Send(SampleNotification(), Duration(1000),
                                    [&](SendResult result) { results.push_back(std::move(result)); });
  }
  ASSERT_THAT(results, SizeIs(2));
  EXPECT_TRUE(results[0].status.error().retryable());
  EXPECT_TRUE(results[1].status.has_value());
  EXPECT_EQ(http_.requests.at(3).headers.Get("Authorization"), "Bearer two");
}

}  // namespace
}  // namespace tocsin::notify
