#include "base/web_config/sign_in.h"

#include <chrono>
#include <future>
#include <vector>

#include <gtest/gtest.h>

#include "base/web_config/password.h"
#include "tests/base/web_config/hash.h"

namespace tocsin::web_config {
namespace {

using Verdict = SignIn::Verdict;

Verdict Check(SignIn& sign_in, const SignIn::Users& users, const std::string& user,
              const std::string& password) {
  std::promise<Verdict> verdict;
  sign_in.Check(users, {user, password}, [&](Verdict said) { verdict.set_value(said); });
  return verdict.get_future().get();
}

TEST(SignIn, KnowsTheRightPasswordOfEachUser) {
  const SignIn::Users users = {{"alice", Secret(HashOf("wonder"))}, {"bob", Secret(HashOf(""))}};
  SignIn sign_in;
  for (int twice = 0; twice < 2; ++twice) {
    EXPECT_EQ(Check(sign_in, users, "alice", "wonder"), Verdict::kGood);
    EXPECT_EQ(Check(sign_in, users, "alice", "wonderland"), Verdict::kBad);
    EXPECT_EQ(Check(sign_in, users, "alice", ""), Verdict::kBad);
    EXPECT_EQ(Check(sign_in, users, "bob", ""), Verdict::kGood);
    EXPECT_EQ(Check(sign_in, users, "bob", "wonder"), Verdict::kBad);
    EXPECT_EQ(Check(sign_in, users, "carol", "wonder"), Verdict::kBad);
    EXPECT_EQ(Check(sign_in, users, "", ""), Verdict::kBad);
  }
}

TEST(SignIn, AnUnknownNameWithTheRightPasswordOfAnotherIsUnknown) {
  const SignIn::Users users = {{"alice", Secret(HashOf("wonder"))}};
  SignIn sign_in;
  EXPECT_EQ(Check(sign_in, users, "alice", "wonder"), Verdict::kGood);
  EXPECT_EQ(Check(sign_in, users, "mallory", "wonder"), Verdict::kBad);
}

TEST(SignIn, AChangedHashIsCheckedAnew) {
  SignIn sign_in;
  EXPECT_EQ(Check(sign_in, {{"alice", Secret(HashOf("old"))}}, "alice", "old"), Verdict::kGood);
  EXPECT_EQ(Check(sign_in, {{"alice", Secret(HashOf("new"))}}, "alice", "old"), Verdict::kBad);
}

TEST(SignIn, WhatWasRightOnceIsAnsweredAtOnce) {
  const SignIn::Users users = {{"alice", Secret(HashOf("wonder"))}};
  SignIn sign_in;
  EXPECT_EQ(Check(sign_in, users, "alice", "wonder"), Verdict::kGood);
  const auto here = std::this_thread::get_id();
  std::thread::id there;
  sign_in.Check(users, {"alice", "wonder"}, [&](Verdict) { there = std::this_thread::get_id(); });
  EXPECT_EQ(there, here);
}

TEST(SignIn, RefusesMoreThanItCanCheckAndStaysQuickForTheKnown) {
  const SignIn::Users users = {{"alice", Secret(HashOf("wonder", 8))}};
  std::atomic<int> busy = 0;
  SignIn sign_in;  // ends before what its answers count
  EXPECT_EQ(Check(sign_in, users, "alice", "wonder"), Verdict::kGood);
  for (int i = 0; i < 100; ++i) {
    sign_in.Check(users, {"alice", std::to_string(i)},
                  [&](Verdict said) { busy += said == Verdict::kBusy ? 1 : 0; });
  }
  EXPECT_GT(busy, 0);
  Verdict known = Verdict::kBad;
  sign_in.Check(users, {"alice", "wonder"}, [&](Verdict said) { known = said; });
  EXPECT_EQ(known, Verdict::kGood);
}

TEST(Password, TakesEveryVersionOfTheHashAsGoDoes) {
  std::string hash = HashOf("s\xC3\xA9same");
  for (const char version : {'a', 'b', 'x', 'y'}) {
    hash[2] = version;
    EXPECT_TRUE(CheckHash(hash));
    EXPECT_TRUE(Verify(hash, "s\xC3\xA9same")) << version;
    EXPECT_FALSE(Verify(hash, "sesame")) << version;
  }
  EXPECT_FALSE(Verify(hash, std::string("s\xC3\xA9same\0", 8)));
  EXPECT_EQ(CostOf(hash), 4);
}

TEST(ParseBasic, ReadsWhatRfc7617Writes) {
  const auto aladdin = ParseBasic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  ASSERT_TRUE(aladdin);
  EXPECT_EQ(aladdin->user, "Aladdin");
  EXPECT_EQ(aladdin->password, "open sesame");
  EXPECT_EQ(ParseBasic("basic YTpiOmM=").value_or(Credentials{}).password, "b:c");
  EXPECT_EQ(ParseBasic("BASIC Og==").value_or(Credentials{"x", "x"}).user, "");
  for (const char* bad :
       {"", "Basic", "Basic ", "Basic YWJj", "Bearer YTpi", "Basic YTp", "Basic Y:pi", "Basic YTpi YTpi"}) {
    EXPECT_FALSE(ParseBasic(bad)) << bad;
  }
}

}  // namespace
}  // namespace tocsin::web_config
