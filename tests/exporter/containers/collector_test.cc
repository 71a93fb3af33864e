#include "exporter/containers/collector.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <optional>
#include <regex>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/async/fake_executor.h"
#include "base/files.h"
#include "tests/exporter/containers/fakes.h"
#include "tests/exporter/tail/scratch_folder.h"
#include "tests/source_dir.h"

namespace tocsin::containers {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kV2Memory =
    *ReadFile(SourceDir() + "/tests/exporter/containers/fixture/v2/sys/fs/cgroup/system.slice/docker-" +
              kV2Id + ".scope/memory.current");

class CollectorTest : public testing::Test {
 protected:
  void Make(const std::string& root, const std::string& host = "unix:///run/docker.sock",
            size_t keep_open = 1000, std::optional<size_t> watch = std::nullopt) {
    kernel::Paths paths;
    paths.rootfs = root;
    paths.FollowRoot();
    Options options;
    options.engine.host = host;
    options.keep_open = keep_open;
    options.watch = watch;
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
  /// The page says that the container of the fixture may use so much memory.
  testing::AssertionResult HasLimit(const std::string& bytes) {
    const std::string line = "container_spec_memory_limit_bytes{id=\"" + kV2Id;
    const std::string page = Page();
    const size_t begin = std::min(page.find(line), page.size());
    const std::string found = page.substr(begin, page.find('\n', begin) - begin);
    if (found.ends_with("} " + bytes)) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "'" << found << "'";
  }
  static std::string Fixture(const std::string& version) {
    return SourceDir() + "/tests/exporter/containers/fixture/" + version;
  }
  static void CopyFixture(const std::string& to) {
    namespace fs = std::filesystem;
    fs::copy(Fixture("v2"), to, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  }

  async::FakeExecutor executor_;
  FakeEngine client_;
  std::unique_ptr<Collector> collector_;
};

TEST_F(CollectorTest, WritesAContainerOfEitherVersionAndOneThatIsStopped) {
  for (const std::string version : {"v1", "v2"}) {
    Make(Fixture(version));
    EngineIsUp();
    Container web = Running(version == "v1" ? kV1Id : kV2Id, "web");
    web.pid = version == "v1" ? 4242 : kV2Pid;
    web.health = Health::kHealthy;
    web.labels = {{"com.docker.compose.project", "shop"}};
    collector_->registry().Update(web);
    if (version == "v2") {
      for (const auto& [id, name, after] :
           {std::tuple{kV2CgroupfsId, "db", 1U}, std::tuple{kV2PodmanId, "pod", 2U}}) {
        Container other = Running(id, name);
        other.pid = kV2Pid + after;
        other.network_mode = "none";
        collector_->registry().Update(other);
      }
    }
    collector_->registry().Update(Exited(Running("c0ffee", "job"), 3));
    Container lost = Running("f00d", "lost");
    lost.restart_policy = "always";
    collector_->registry().Update(lost);
    collector_->registry().Remove("f00d");
    const std::string path = SourceDir() + "/tests/golden/containers_" + version + ".prom";
    if (std::getenv("TOCSIN_UPDATE_GOLDEN") != nullptr) tail::Overwrite(path, Page());
    const auto golden = ReadFile(path);
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
    std::string memory = "container_memory_usage_bytes{id=\"";
    memory.append(kV2Id).append("\"} ").append(kV2Memory);
    EXPECT_THAT(page, HasSubstr(memory));
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
  EXPECT_THAT(page, HasSubstr("image=\"app:1\",name=\"web\"} " + kV2Memory));
  EXPECT_THAT(page, HasSubstr("name=\"web\",state=\"running\"} 1\n"));
}

TEST_F(CollectorTest, ExposesNoFiguresOfWhatIsGone) {
  const tail::ScratchFolder folder;
  CopyFixture(folder / "root");
  Make(folder / "root", "none");
  const std::string usage = "container_memory_usage_bytes{id=\"" + kV2Id;
  EXPECT_THAT(Page(), HasSubstr(usage));
  const std::string group = folder / ("root/sys/fs/cgroup/system.slice/docker-" + kV2Id + ".scope");
  std::filesystem::remove_all(group);
  executor_.Advance(Duration{5'000});
  EXPECT_THAT(Page(), Not(HasSubstr(usage)));
}

TEST_F(CollectorTest, FindsOneThatWasBegunAgainWithoutAnEngine) {
  const tail::ScratchFolder folder;
  CopyFixture(folder / "root");
  Make(folder / "root", "none", 0);
  const std::string usage = "container_memory_usage_bytes{id=\"" + kV2Id;
  const std::string group = folder / ("root/sys/fs/cgroup/system.slice/docker-" + kV2Id + ".scope");
  EXPECT_THAT(Page(), HasSubstr(usage));
  std::filesystem::rename(group, folder / "aside");
  EXPECT_THAT(Page(), Not(HasSubstr(usage)));
  std::filesystem::rename(folder / "aside", group);
  EXPECT_THAT(Page(), HasSubstr(usage)) << "at once, whenever the tree was last walked";
}

/// A new run's cgroup counts from 0, and is told of as it is: rate() takes it for the reset that it is. What
/// the exporter itself counts of a container goes on.
TEST_F(CollectorTest, ShowsCountersThatGoBackAsTheyAre) {
  const tail::ScratchFolder folder;
  CopyFixture(folder / "root");
  Make(folder / "root");
  EngineIsUp();
  const std::string group = folder / ("root/sys/fs/cgroup/system.slice/docker-" + kV2Id + ".scope/");
  const auto figures = [&](const std::string& micros, const std::string& hits, const std::string& kills) {
    tail::Overwrite(group + "cpu.stat", "usage_usec " + micros + "\n");
    tail::Overwrite(group + "memory.events", "high 0\nmax " + hits + "\noom_kill " + kills + "\n");
    return Page();
  };
  Container web = Running(kV2Id, "web");
  collector_->registry().Update(web);
  const std::string labels = "{id=\"" + kV2Id + R"(",image="app:1",name="web"} )";
  std::string cpu = "container_cpu_usage_seconds_total" + labels;
  cpu.replace(cpu.size() - 2, 2, R"(,cpu="total"} )");
  std::string page = figures("9000000", "7", "3");
  EXPECT_THAT(page, AllOf(HasSubstr(cpu + "9\n"), HasSubstr("container_memory_failcnt" + labels + "7\n"),
                          HasSubstr("container_oom_kills_total" + labels + "3\n")));
  page = figures("2000000", "1", "3");
  EXPECT_THAT(page, AllOf(HasSubstr(cpu + "2\n"), HasSubstr("container_memory_failcnt" + labels + "1\n")))
      << "the kernel's word";
  web.started_at = "2026-11-21T10:00:00Z";
  web.restart_count = 1;
  collector_->registry().Update(web);
  page = figures("5000", "0", "1");
  EXPECT_THAT(page, AllOf(HasSubstr(cpu + "0.005\n"), HasSubstr("container_memory_failcnt" + labels + "0\n"),
                          HasSubstr("container_oom_kills_total" + labels + "4\n"),
                          HasSubstr("container_restarts_total" + labels + "1\n")));
}

TEST_F(CollectorTest, SeesThatSomeoneWroteALimit) {
  const tail::ScratchFolder folder;
  CopyFixture(folder / "root");
  Make(folder / "root");
  EngineIsUp();
  collector_->registry().Update(Running(kV2Id, "web"));
  const std::string limit =
      folder / ("root/sys/fs/cgroup/system.slice/docker-" + kV2Id + ".scope/memory.max");
  EXPECT_TRUE(HasLimit("0"));
  tail::Overwrite(limit, "4096\n");
  EXPECT_TRUE(HasLimit("4096"));
  EXPECT_TRUE(HasLimit("4096"));
  tail::Overwrite(limit, "8192\n");
  EXPECT_TRUE(HasLimit("8192"));
  Container again = Running(kV2Id, "web");
  again.started_at = "2026-11-21T10:00:00Z";
  collector_->registry().Update(again);
  EXPECT_TRUE(HasLimit("8192"));
  tail::Overwrite(limit, "4096\n");
  EXPECT_TRUE(HasLimit("4096")) << "in its next run, too";
}

/// As where the user has no watches left.
TEST_F(CollectorTest, ReadsLimitsAgainWithinAMinuteAndUponTheEnginesWord) {
  const tail::ScratchFolder folder;
  CopyFixture(folder / "root");
  Make(folder / "root", "unix:///run/docker.sock", 1000, 0);
  EngineIsUp();
  const std::string groups = folder / "root/sys/fs/cgroup/system.slice/docker-";
  collector_->registry().Update(Running(kV2Id, "web"));
  EXPECT_TRUE(HasLimit("0"));
  for (const char* bytes : {"4096", "8192", "12288"}) {
    tail::Overwrite(groups + kV2Id + ".scope/memory.max", std::string(bytes) + "\n");
    executor_.Advance(Duration{60'000});
    EXPECT_TRUE(HasLimit(bytes));
  }
  tail::Overwrite(groups + kV2Id + ".scope/memory.max", "16384\n");
  executor_.Advance(Duration{15'000});
  EXPECT_TRUE(HasLimit("12288")) << "not at each scrape";
  client_.SendEvents(R"({"Type":"container","Action":"update","Actor":{"ID":")" + kV2Id + "\"}}\n");
  executor_.Run();
  EXPECT_TRUE(HasLimit("16384"));
}

TEST_F(CollectorTest, SpreadsTheReadingOfLimitsOverTheScrapes) {
  const tail::ScratchFolder folder;
  CopyFixture(folder / "root");
  constexpr int kCount = 40;
  const std::string groups = folder / "root/sys/fs/cgroup/docker/";
  for (int i = 0; i < kCount; ++i) {
    const std::string group = groups + Repeat(std::to_string(10 + i), 32);
    std::filesystem::create_directories(group);
    tail::Overwrite(group + "/cpu.stat", "usage_usec 1\n");
    tail::Overwrite(group + "/pids.max", "1\n");
  }
  Make(folder / "root", "none", 1000, 0);
  const auto count = [this](const std::string& limit) {
    const std::string page = Page();
    const std::regex line("\ncontainer_threads_max\\{[^}]*\\} " + limit + "(?=\n)");
    return static_cast<int>(
        std::distance(std::sregex_iterator(page.begin(), page.end(), line), std::sregex_iterator()));
  };
  EXPECT_EQ(count("1"), kCount);
  for (int i = 0; i < kCount; ++i) {
    tail::Overwrite(groups + Repeat(std::to_string(10 + i), 32) + "/pids.max", "77\n");
  }
  int before = 0;
  for (int scrape = 1; scrape <= 4; ++scrape) {
    executor_.Advance(Duration{15'000});
    const int now = count("77");
    EXPECT_LE(std::abs(now - before - kCount / 4), 2) << scrape;
    before = now;
  }
  EXPECT_EQ(before, kCount);
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

TEST(KeepOpenWithin, LeavesDescriptorsToTheRestOfTheProcess) {
  EXPECT_EQ(KeepOpenWithin(1000, 1 << 20), 1000U);
  EXPECT_EQ(KeepOpenWithin(1000, 1024), (1024U - 256) / 14);
  EXPECT_EQ(KeepOpenWithin(1000, 256), 0U);
  EXPECT_EQ(KeepOpenWithin(1000, 64), 0U);
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
