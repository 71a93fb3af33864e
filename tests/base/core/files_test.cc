#include "base/files.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Files : public ::testing::Test {
 public:
  Files()
      : folder_(fs::path(::testing::TempDir()) /
                ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~Files() override { fs::remove_all(folder_); }

 protected:
  fs::path folder_;
};

TEST_F(Files, ReadWhatWasWritten) {
  std::string bytes(200'000, 'x');
  bytes[100] = '\0';
  ASSERT_TRUE(WriteFileAtomically(folder_ / "a", bytes));
  EXPECT_EQ(ReadFile(folder_ / "a"), bytes);
  ASSERT_TRUE(WriteFileAtomically(folder_ / "a", "short"));
  EXPECT_EQ(ReadFile(folder_ / "a"), "short");
}

TEST_F(Files, LeaveNoTemporaryBehind) {
  ASSERT_TRUE(WriteFileAtomically(folder_ / "a", "x"));
  fs::create_directories(folder_ / "is-a-folder" / "full");
  EXPECT_FALSE(WriteFileAtomically(folder_ / "is-a-folder", "x"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 2);
}

TEST_F(Files, KeepTheModeOfWhatTheyReplace) {
  std::ofstream(folder_ / "a") << "old";
  fs::permissions(folder_ / "a", fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_TRUE(WriteFileAtomically(folder_ / "a", "new"));
  EXPECT_EQ(fs::status(folder_ / "a").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(Files, SayWhyTheyCannotBeRead) {
  auto missing = ReadFile(folder_ / "none");
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message(), HasSubstr("none: No such file or directory"));
  EXPECT_EQ(ReadFile(folder_).error().code(), ErrorCode::kIo);
  std::ofstream(folder_ / "big") << std::string(100, 'x');
  EXPECT_EQ(ReadFile(folder_ / "big", 99).error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(Files, AreFoundByPatternInOrder) {
  for (const char* name : {"b.yml", "a.yml", "c.txt"}) std::ofstream(folder_ / name) << "";
  EXPECT_THAT(*Glob((folder_ / "*.yml").string()), ElementsAre(folder_ / "a.yml", folder_ / "b.yml"));
  EXPECT_TRUE(Glob((folder_ / "*.none").string())->empty());
}

TEST(RelativeTo, LeavesAbsolutePathsAlone) {
  EXPECT_EQ(RelativeTo("/etc/p/p.yml", "rules/*.yml"), "/etc/p/rules/*.yml");
  EXPECT_EQ(RelativeTo("p.yml", "r.yml"), "r.yml");
  EXPECT_EQ(RelativeTo("/etc/p.yml", "/r.yml"), "/r.yml");
}

}  // namespace
}  // namespace tocsin
