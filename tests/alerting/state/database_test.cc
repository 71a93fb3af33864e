#include "alerting/state/database.h"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>

#include <gmock/gmock.h>
#include <unistd.h>

namespace tocsin::state {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kTable = "CREATE TABLE things (name BLOB PRIMARY KEY, count INTEGER, size REAL)";
constexpr const char* kPut = "INSERT OR REPLACE INTO things VALUES (?, ?, ?)";
constexpr const char* kAll = "SELECT name, count, size FROM things ORDER BY name";

class DatabaseTest : public ::testing::Test {
 public:
  DatabaseTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("tocsin-state-" + std::to_string(getpid()) + "-" +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(folder_);
  }
  ~DatabaseTest() override { std::filesystem::remove_all(folder_); }
  DatabaseTest(const DatabaseTest&) = delete;
  DatabaseTest& operator=(const DatabaseTest&) = delete;

 protected:
  Result<std::unique_ptr<Database>> Open(const std::vector<Migration>& migrations = {{"things", 1, kTable}}) {
    return Database::Open(folder_ / "deeper" / "state.db", migrations, {}, Logger());
  }

  /// Waits until what was written before is safe.
  static Status Safe(Database& database) {
    struct Shared {
      std::mutex mutex;
      std::condition_variable changed;
      std::optional<Status> status;
    };
    auto shared = std::make_shared<Shared>();
    database.WhenSafe([shared](const Status& status) {
      const std::lock_guard lock(shared->mutex);
      shared->status = status;
      shared->changed.notify_all();
    });
    std::unique_lock lock(shared->mutex);
    shared->changed.wait(lock, [&] { return shared->status.has_value(); });
    return shared->status.value_or(Status{});
  }

  const std::filesystem::path folder_;
};

TEST_F(DatabaseTest, KeepsWhatWasWrittenInOrder) {
  {
    auto database = Open();
    ASSERT_TRUE(database.has_value()) << database.error().ToString();
    for (int64_t i = 0; i < 1000; ++i) (*database)->Write(kPut, {std::string("a"), i, 0.5});
    (*database)->Write(kPut, {std::string("b\0c", 3), int64_t{1}, std::monostate{}});
    ASSERT_TRUE(Safe(**database).has_value());
    EXPECT_LT((*database)->stats().commits, 100U) << "changes are committed together";
    EXPECT_EQ((*database)->stats().changes, 1001U);
  }
  auto again = Open();
  ASSERT_TRUE(again.has_value()) << again.error().ToString();
  auto rows = (*again)->Read(kAll);
  ASSERT_TRUE(rows.has_value());
  EXPECT_THAT(*rows, ElementsAre(Row{std::string("a"), int64_t{999}, 0.5},
                                 Row{std::string("b\0c", 3), int64_t{1}, std::monostate{}}));
}

TEST_F(DatabaseTest, CommitsWhatIsQueuedWhenItGoes) {
  {
    auto database = Open();
    (*database)->Write(kPut, {std::string("a"), int64_t{1}, 1.0});
  }
  auto again = Open();
  EXPECT_THAT((*again)->Read(kAll).value(), SizeIs(1));
}

TEST_F(DatabaseTest, SecondProcessIsRefused) {
  auto first = Open();
  ASSERT_TRUE(first.has_value());
  auto second = Open();
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(second.error().message(), HasSubstr("another process uses it"));
}

TEST_F(DatabaseTest, MakesTheStepsThatAFileLacksAndRefusesOneThatIsAhead) {
  constexpr const char* kMore = "ALTER TABLE things ADD COLUMN color TEXT DEFAULT 'red'";
  {
    auto database = Open();
    (*database)->Write(kPut, {std::string("a"), int64_t{1}, 1.0});
  }
  {
    auto database = Open({{"things", 1, kTable}, {"things", 2, kMore}});
    ASSERT_TRUE(database.has_value()) << database.error().ToString();
    EXPECT_THAT((*database)->Read("SELECT color FROM things").value(), ElementsAre(Row{std::string("red")}));
  }
  auto older = Open();
  ASSERT_FALSE(older.has_value());
  EXPECT_EQ(older.error().code(), ErrorCode::kUnsupported);
}

TEST_F(DatabaseTest, BatchThatFailsIsToldAndTriedAgain) {
  constexpr const char* kBad = "INSERT INTO nowhere VALUES (1)";
  auto database = Open();
  (*database)->Write(kBad, {});
  EXPECT_FALSE(Safe(**database).has_value());
  EXPECT_EQ((*database)->stats().commits_failed, 1U);
  EXPECT_EQ((*database)->stats().queued, 1U);
}

TEST_F(DatabaseTest, FileThatIsNoDatabaseIsRefused) {
  std::filesystem::create_directories(folder_ / "deeper");
  {
    FILE* file = std::fopen((folder_ / "deeper" / "state.db").c_str(), "w");
    std::fputs(std::string(4096, 'x').c_str(), file);
    std::fclose(file);
  }
  auto database = Open();
  ASSERT_FALSE(database.has_value());
  EXPECT_THAT(database.error().message(), HasSubstr("not a database"));
}

}  // namespace
}  // namespace tocsin::state
