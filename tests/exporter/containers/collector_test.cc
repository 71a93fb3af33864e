#include "exporter/containers/collector.h"

#include <filesystem>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/async/fake_executor.h"
#include "base/files.h"
#include "tests/exporter/containers/fakes.h"
#include "tests/exporter/tail/scratch_folder.h"

namespace tocsin::containers {
namespace {

using testing::HasSubstr;
using testing::Not;

class CollectorTest : public testing::Test {
 protected:
  void Make(const std::string& root, const std::string& host = "unix:///run/docker.sock") {
    kernel::Paths paths;
    paths.rootfs = root;
    paths.FollowRoot();
    Options options;
    options.engine.host = host;
    auto made = Collector::Make(options, paths, client_, executor_.MakeStrand(), executor_.clock(), Logger());
    ASSERT_TRUE(made.has_value());
    collector_ = std::move(*made);
    collector_->Start();
    executor_.Run();
  }
  /// The engine is up and knows of nothing: what there is, a test puts into the registry itself.
  void EngineIsUp() {
    client_.OpenEvents();
    executor_.Run();
    client_.Answer("/networks", 200, "[]");
    executor_.Run();
    client_.Answer("/containers/json", 200, "[]");
    executor_.Run();
  }
  std::string Page(const std::vector<Upstream>& upstreams = {}) {
    std::string text;
    exposition::Writer writer(text, exposition::Format::kText);
    collector_->Write(writer, upstreams);
    text = std::regex_replace(text, std::regex("\\n(machine_\\w+) .*"), "\n$1 1");
    return text;
  }
  static std::string Fixture(const std::string& version) {
    return TOCSIN_SOURCE_DIR "/tests/exporter/containers/fixture/" + version;
  }

  async::FakeExecutor executor_;
  FakeEngine client_;
  std::unique_ptr<Collector> collector_;
};

TEST_F(CollectorTest, WritesAContainerOfEitherVersionAndOneThatIsStopped) {
  for (const auto& [version, id, pid] : {std::tuple{"v1", kV1Id, 4242U}, std::tuple{"v2", kV2Id, 77U}}) {
    Make(Fixture(version));
    EngineIsUp();
    Container web = Running(id, "web");
    web.pid = pid;
    web.health = Health::kHealthy;
    web.labels = {{"com.docker.compose.project", "shop"}};
    collector_->registry().Update(web);
    collector_->registry().Update(Exited(Running("c0ffee", "job"), 3));
    Container lost = Running("f00d", "lost");
    lost.restart_policy = "always";
    collector_->registry().Update(lost);
    collector_->registry().Remove("f00d");
    const auto golden =
        ReadFile(TOCSIN_SOURCE_DIR "/tests/golden/containers_" + std::string(version) + ".prom");
    ASSERT_TRUE(golden.has_value());
    EXPECT_EQ(Page(), *golden) << version;
    EXPECT_EQ(Page(), *golden) << "the second scrape reads the kept descriptors";
    collector_.reset();
  }
}

TEST_F(CollectorTest, KnowsThemByIdAloneWithoutAnEngine) {
  for (const char* host : {"none", "unix:///run/docker.sock"}) {
    Make(Fixture("v2"), host);
    const std::string page = Page();
    EXPECT_THAT(page, HasSubstr("container_memory_usage_bytes{id=\"" + kV2Id + "\"} 33554432\n"));
    EXPECT_THAT(page, Not(HasSubstr("container_state"))) << "nobody knows";
    EXPECT_EQ(page.find("container_engine_up 0\n") == std::string::npos, std::string_view(host) == "none");
    collector_.reset();
  }
}

TEST_F(CollectorTest, GoesOnWithFiguresWhileTheEngineIsDown) {
  Make(Fixture("v2"));
  EngineIsUp();
  collector_->registry().Update(Running(kV2Id, "web"));
  EXPECT_THAT(Page(), HasSubstr("container_engine_up 1\n"));
  client_.Fail("/events", ErrorCode::kUnavailable, "gone");
  executor_.Run();
  const std::string page = Page();
  EXPECT_THAT(page, HasSubstr("container_engine_up 0\n"));
  EXPECT_THAT(page, HasSubstr("image=\"app:1\",name=\"web\"} 33554432\n"));
  EXPECT_THAT(page, HasSubstr("name=\"web\",state=\"running\"} 1\n"));
}

TEST_F(CollectorTest, ExposesNoFiguresOfWhatIsGone) {
  const tail::ScratchFolder folder;
  std::filesystem::copy(
      Fixture("v2"), folder / "root",
      std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
  Make(folder / "root", "none");
  EXPECT_THAT(Page(), HasSubstr("container_memory_usage_bytes"));
  const std::string group = folder / ("root/sys/fs/cgroup/system.slice/docker-" + kV2Id + ".scope");
  std::filesystem::remove_all(group);
  executor_.Advance(Duration{5'000});
  EXPECT_THAT(Page(), Not(HasSubstr("container_memory_usage_bytes")));
}

TEST_F(CollectorTest, LeavesTheNetworkToWhoeverOwnsIt) {
  for (const char* mode : {"host", "container:abc", "none"}) {
    Make(Fixture("v2"));
    EngineIsUp();
    Container web = Running(kV2Id, "web");
    web.network_mode = mode;
    collector_->registry().Update(web);
    EXPECT_THAT(Page(), Not(HasSubstr("container_network_"))) << mode;
    collector_.reset();
  }
}

TEST_F(CollectorTest, JoinsUpstreamsToContainers) {
  Make(Fixture("v2"));
  EngineIsUp();
  Container web = Running(kV2Id, "web");
  web.addresses = {"172.18.0.2", "fd00::2"};
  web.published = {":8081", "192.0.2.1:8082"};
  collector_->registry().Update(web);
  Container stopped = Exited(Running("2", "old"), 0);
  stopped.addresses = {"172.18.0.9"};
  collector_->registry().Update(stopped);
  const std::string page = Page({{"172.18.0.2:3000", "blue"},
                                 {"[fd00::2]:3000", ""},
                                 {"127.0.0.1:8081", "green"},
                                 {"192.0.2.1:8082", ""},
                                 {"192.0.2.1:8083", ""},
                                 {"172.18.0.9:3000", "blue"},
                                 {"unix:/run/app.sock", "blue"},
                                 {"app", ""}});
  std::string info;
  for (const auto& [upstream, pool] : {std::pair{"172.18.0.2:3000", "blue"},
                                       {"[fd00::2]:3000", ""},
                                       {"127.0.0.1:8081", "green"},
                                       {"192.0.2.1:8082", ""}}) {
    info += std::string("nginx_upstream_container_info{upstream=\"") + upstream +
            R"(",container="web",pool=")" + pool + "\"} 1\n";
  }
  EXPECT_THAT(page, HasSubstr("# TYPE nginx_upstream_container_info gauge\n" + info));
  EXPECT_TRUE(page.ends_with(info));
}

TEST_F(CollectorTest, RefusesAnAddressThatIsNone) {
  Options options;
  options.engine.host = "nonsense";
  EXPECT_FALSE(
      Collector::Make(options, kernel::Paths(), client_, executor_.MakeStrand(), executor_.clock(), Logger())
          .has_value());
}

}  // namespace
}  // namespace tocsin::containers
