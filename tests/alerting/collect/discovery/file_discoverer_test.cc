#include "alerting/collect/discovery/file_discoverer.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/async/fake_executor.h"

namespace tocsin::collect {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class FileDiscovererTest : public testing::Test {
 public:
  FileDiscovererTest(const FileDiscovererTest&) = delete;
  FileDiscovererTest& operator=(const FileDiscovererTest&) = delete;
  FileDiscovererTest() { std::filesystem::create_directories(folder_); }
  ~FileDiscovererTest() override { std::filesystem::remove_all(folder_); }

 protected:
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  /// Each version is dated apart, as files that people write are.
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(Path(name)) << text;
    version_ += std::chrono::seconds(1);
    std::filesystem::last_write_time(Path(name), version_);
  }
  void Start(Duration refresh = Duration(60'000)) {
    discoverer_.emplace(FileDiscoveryOptions{{Path("*.yml"), Path("one.json")}, refresh},
                        executor_.MakeStrand(),
                        Logger::ToSink(LogLevel::kInfo, LogFormat::kLogfmt,
                                       [this](std::string_view line) { log_.emplace_back(line); }));
    discoverer_->Start([this](const std::vector<TargetGroup>& all) {
      ++updates_;
      found_.clear();
      for (const TargetGroup& group : all) {
        for (const model::Labels& target : group.targets) {
          found_.push_back(std::string(target.Get("__address__")) + std::string(group.labels.Get("env")));
        }
      }
    });
  }

  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("tocsin_file_sd_" + std::to_string(::getpid()));
  std::filesystem::file_time_type version_ = std::filesystem::file_time_type::clock::now();
  async::FakeExecutor executor_;
  std::vector<std::string> log_;
  std::vector<std::string> found_;
  int updates_ = 0;
  std::optional<FileDiscoverer> discoverer_;
};

TEST_F(FileDiscovererTest, ReadsYamlAndJson) {
  Write("a.yml", "- targets: ['h:1', 'h:2']\n  labels: {env: x}\n- targets: [i:1]\n");
  Write("one.json", R"([{"targets": ["j:1"], "labels": {"env": "y"}}])");
  Start();
  EXPECT_THAT(found_, ElementsAre("h:1x", "h:2x", "i:1", "j:1y"));
}

TEST_F(FileDiscovererTest, FollowsChangesNewFilesAndRemovals) {
  Write("a.yml", "- targets: [h:1]\n");
  Start();
  EXPECT_EQ(updates_, 1);
  executor_.Advance(Duration(5000));
  EXPECT_EQ(updates_, 1);
  Write("a.yml", "- targets: [h:2]\n");
  Write("b.yml", "- targets: [i:1]\n");
  executor_.Advance(Duration(1000));
  EXPECT_THAT(found_, ElementsAre("h:2", "i:1"));
  std::filesystem::remove(Path("a.yml"));
  executor_.Advance(Duration(1000));
  EXPECT_THAT(found_, ElementsAre("i:1"));
}

TEST_F(FileDiscovererTest, KeepsTheTargetsOfAFileThatBreaksAndSaysSoOnce) {
  Write("a.yml", "- targets: [h:1]\n");
  Start();
  Write("a.yml", "- targes: [h:1]\n");
  executor_.Advance(Duration(5000));
  EXPECT_THAT(found_, ElementsAre("h:1"));
  ASSERT_EQ(log_.size(), 1U);
  EXPECT_THAT(log_[0], testing::HasSubstr("a.yml:1:3: unknown key"));
  Write("a.yml", "- targets: [h:3]\n");
  executor_.Advance(Duration(1000));
  EXPECT_THAT(found_, ElementsAre("h:3"));
}

TEST_F(FileDiscovererTest, ReadsEverythingAnewAtTheRefreshInterval) {
  Write("a.yml", "- targets: [h:1]\n");
  Start(Duration(5000));
  const auto dated = std::filesystem::last_write_time(Path("a.yml"));
  std::ofstream(Path("a.yml")) << "- targets: [h:2]\n";  // the same size and, set back, the same time
  std::filesystem::last_write_time(Path("a.yml"), dated);
  executor_.Advance(Duration(4000));
  EXPECT_THAT(found_, ElementsAre("h:1"));
  executor_.Advance(Duration(1000));
  EXPECT_THAT(found_, ElementsAre("h:2"));
}

TEST_F(FileDiscovererTest, FindsNothingWhereNothingIs) {
  Start();
  EXPECT_EQ(updates_, 1);
  EXPECT_THAT(found_, IsEmpty());
}

TEST_F(FileDiscovererTest, RefusesWhatIsNoListOfGroups) {
  Write("x.yml", "targets: [a]\n");
  EXPECT_EQ(ReadTargetFile(Path("x.yml")).error().ToString(),
            Path("x.yml") + ":1:1: expected a sequence of target groups");
}

}  // namespace
}  // namespace tocsin::collect
