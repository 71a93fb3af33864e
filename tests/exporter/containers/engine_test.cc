#include "exporter/containers/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/async/fake_executor.h"
#include "tests/exporter/containers/fakes.h"

namespace tocsin::containers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;

std::string Json(const std::string& id, const std::string& name, const std::string& status) {
  return R"({"Id":")" + id + R"(","Name":"/)" + name + R"(","State":{"Status":")" + status +
         R"(","Pid":7,"StartedAt":"2026-11-21T09:00:00Z"},"HostConfig":{"RestartPolicy":{"Name":"always"}}})";
}
std::string EventLine(const std::string& action, const std::string& id) {
  return R"({"Type":"container","Action":")" + action + R"(","Actor":{"ID":")" + id + "\"}}\n";
}

class EngineTest : public testing::Test {
 protected:
  void Start(const std::string& host = "unix:///run/docker.sock") {
    EngineOptions options;
    options.host = host;
    auto made = Engine::Make(options, client_, executor_.MakeStrand(), registry_, log_);
    ASSERT_TRUE(made.has_value()) << made.error().ToString();
    engine_ = std::move(*made);
    engine_->Start();
    executor_.Run();
  }
  /// Opens the stream and answers the lists with those ids.
  void List(const std::string& ids) {
    client_.OpenEvents();
    executor_.Run();
    ASSERT_TRUE(client_.Answer("/networks", 200, "[]"));
    executor_.Run();
    ASSERT_TRUE(client_.Answer("/containers/json", 200, ids));
    executor_.Run();
  }
  void Inspected(const std::string& id, int status, std::string body) {
    ASSERT_TRUE(client_.Answer("/containers/" + id + "/json", status, std::move(body))) << id;
    executor_.Run();
  }
  void Send(std::string_view text) {
    client_.SendEvents(text);
    executor_.Run();
  }
  State StateOf(const std::string& id) { return registry_.containers().at(id).info.state; }

  std::vector<std::string> lines_;
  Logger log_ = Logger::ToSink(LogLevel::kInfo, LogFormat::kLogfmt,
                               [this](std::string_view line) { lines_.emplace_back(line); });
  async::FakeExecutor executor_;
  FakeEngine client_;
  Registry registry_{RegistryOptions{}, executor_.clock()};
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, ListsOnceItHearsAndIsUpWhenAllIsKnown) {
  Start();
  EXPECT_EQ(client_.Find("/events")->unix_socket, "/run/docker.sock");
  EXPECT_EQ(client_.Find("/networks"), nullptr) << "not before events arrive";
  List(R"([{"Id":"1"},{"Id":"2"}])");
  Inspected("1", 200, Json("1", "web", "running"));
  EXPECT_FALSE(engine_->is_up());
  Inspected("2", 200, Json("2", "db", "exited"));
  EXPECT_TRUE(engine_->is_up());
  EXPECT_THAT(registry_.containers(), ElementsAre(Key("1"), Key("2")));
  EXPECT_EQ(StateOf("2"), State::kExited);
}

TEST_F(EngineTest, InspectsWhatEventsNameEvenWhenTheyComeInPieces) {
  Start();
  List(R"([{"Id":"1"}])");
  Inspected("1", 200, Json("1", "web", "running"));
  const std::string event = EventLine("pause", "1");
  Send(event.substr(0, 20));
  EXPECT_EQ(client_.Find("/containers/1/json"), nullptr);
  Send(event.substr(20) + "\n{not json}\n" + EventLine("exec_start: x", "1"));
  Inspected("1", 200, Json("1", "web", "paused"));
  EXPECT_EQ(StateOf("1"), State::kPaused);
  EXPECT_EQ(client_.Find("/containers/1/json"), nullptr) << "an exec changes nothing";
  Send(EventLine("destroy", "1"));
  EXPECT_THAT(registry_.containers(), IsEmpty());
  EXPECT_THAT(registry_.removed(), ElementsAre(Key("web")));
}

TEST_F(EngineTest, InspectsAgainWhatChangesMeanwhile) {
  Start();
  List("[]");
  EXPECT_TRUE(engine_->is_up());
  Send(EventLine("create", "1") + EventLine("start", "1") + EventLine("die", "1"));
  Inspected("1", 200, Json("1", "web", "running"));
  Inspected("1", 200, Json("1", "web", "exited"));
  EXPECT_EQ(StateOf("1"), State::kExited);
  EXPECT_EQ(client_.Find("/containers/1/json"), nullptr) << "no more than once more";
}

TEST_F(EngineTest, TakesAContainerThatDiedBetweenListAndInspectForGone) {
  Start();
  List(R"([{"Id":"1"},{"Id":"2"}])");
  Inspected("1", 404, "{}");
  Inspected("2", 200, "{broken");
  EXPECT_TRUE(engine_->is_up());
  EXPECT_THAT(registry_.containers(), IsEmpty());
}

TEST_F(EngineTest, KeepsWhatAppearsWhileItListsThoughTheListIsOlder) {
  Start();
  client_.OpenEvents();
  executor_.Run();
  Send(EventLine("start", "2"));
  Inspected("2", 200, Json("2", "early", "running"));
  ASSERT_TRUE(client_.Answer("/networks", 200, "[]"));
  executor_.Run();
  ASSERT_TRUE(client_.Answer("/containers/json", 200, R"([{"Id":"1"}])"));
  executor_.Run();
  Send(EventLine("start", "3"));
  Inspected("1", 200, Json("1", "web", "running"));
  Inspected("3", 200, Json("3", "late", "running"));
  EXPECT_TRUE(engine_->is_up());
  EXPECT_THAT(registry_.containers(), ElementsAre(Key("1"), Key("2"), Key("3")));
  EXPECT_THAT(registry_.removed(), IsEmpty());
}

TEST_F(EngineTest, IsNotFooledByAnAnswerThatIsOlderThanTheEnd) {
  Start();
  List("[]");
  Send(EventLine("start", "1"));
  Send(EventLine("destroy", "1"));
  Inspected("1", 200, Json("1", "web", "running"));
  EXPECT_THAT(registry_.containers(), IsEmpty());
}

TEST_F(EngineTest, KeepsWhatItKnowsWhileTheEngineIsGoneAndCatchesUp) {
  Start();
  List(R"([{"Id":"1"},{"Id":"2"}])");
  Inspected("1", 200, Json("1", "web", "running"));
  Inspected("2", 200, Json("2", "db", "running"));
  ASSERT_TRUE(client_.Fail("/events", ErrorCode::kUnavailable, "cut in the middle"));
  executor_.Run();
  EXPECT_FALSE(engine_->is_up());
  EXPECT_TRUE(engine_->was_up());
  EXPECT_THAT(registry_.containers(), ElementsAre(Key("1"), Key("2")));
  EXPECT_EQ(client_.Find("/events"), nullptr);
  executor_.Advance(Duration{1'000});
  List(R"([{"Id":"2"}])");
  Inspected("2", 200, Json("2", "db", "running"));
  EXPECT_TRUE(engine_->is_up());
  EXPECT_THAT(registry_.removed(), ElementsAre(Key("web")));
}

TEST_F(EngineTest, TriesEverMoreSeldomAndComplainsOnce) {
  Start();
  int tries = 0;
  for (int second = 0; second < 120; ++second) {
    if (client_.Fail("/events", ErrorCode::kUnavailable, "connect: permission denied")) ++tries;
    executor_.Run();
    executor_.Advance(Duration{1'000});
  }
  EXPECT_EQ(tries, 8) << "after 1, 2, 4, 8, 16, 30, 30 s";
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_THAT(lines_[0], HasSubstr("group of the socket"));
}

TEST_F(EngineTest, GivesUpOnAnEngineThatSaysNothing) {
  Start();
  executor_.Advance(Duration{10'000});
  EXPECT_EQ(client_.Find("/events"), nullptr);
  executor_.Advance(Duration{1'000});
  ASSERT_NE(client_.Find("/events"), nullptr);
  client_.OpenEvents(500);
  executor_.Run();
  EXPECT_EQ(client_.Find("/networks"), nullptr);
}

TEST_F(EngineTest, ListsAgainNowAndThen) {
  Start();
  List("[]");
  executor_.Advance(Duration{5 * 60 * 1000});
  EXPECT_NE(client_.Find("/networks"), nullptr);
  EXPECT_TRUE(engine_->is_up());
}

TEST_F(EngineTest, EndsAStreamThatNeverEndsALine) {
  Start();
  List("[]");
  Send(std::string((size_t{1} << 20) + 1, 'x'));
  EXPECT_FALSE(engine_->is_up());
}

TEST_F(EngineTest, SpeaksOverTcpAndTls) {
  for (const auto& [host, url] :
       {std::pair{"tcp://h:2375", "http://h:2375/"}, {"https://h:2376/", "https://h:2376/"}}) {
    Start(host);
    EXPECT_THAT(client_.Find("/events")->url, testing::StartsWith(url));
    engine_.reset();
  }
  for (const char* bad : {"", "docker.sock", "unix://", "unix://x", "ssh://h"}) {
    EngineOptions options;
    options.host = bad;
    EXPECT_FALSE(Engine::Make(options, client_, executor_.MakeStrand(), registry_, log_).has_value()) << bad;
  }
}

}  // namespace
}  // namespace tocsin::containers
