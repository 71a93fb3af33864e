#include "exporter/checkpoint/store.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tocsin::checkpoint {
namespace {

class StoreTest : public testing::Test {
 public:
  StoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "store_test.XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~StoreTest() override { std::filesystem::remove_all(folder_); }

 protected:
  void Put(const std::string& name) { std::ofstream(folder_ / name) << "x"; }
  bool IsThere(const std::string& name) { return std::filesystem::exists(folder_ / name); }

  std::filesystem::path folder_;
};

TEST_F(StoreTest, GivesBackWhatWasWritten) {
  {
    auto store = Store::Open(folder_, Logger());
    ASSERT_TRUE(store.has_value());
    EXPECT_FALSE((*store)->Load().has_value());
    ASSERT_TRUE((*store)->Write("content").has_value());
    EXPECT_FALSE(Store::Open(folder_, Logger()).has_value()) << "two processes in one folder";
  }
  EXPECT_EQ((*Store::Open(folder_, Logger()))->Load(), "content");
}

TEST_F(StoreTest, RemovesWhatKilledProcessesLeft) {
  Put(".checkpoint.a1B2c3");
  Put(".checkpoint.of somebody else");
  Put("notes");
  ASSERT_TRUE(Store::Open(folder_, Logger()).has_value());
  EXPECT_FALSE(IsThere(".checkpoint.a1B2c3"));
  EXPECT_TRUE(IsThere(".checkpoint.of somebody else"));
  EXPECT_TRUE(IsThere("notes"));
}

}  // namespace
}  // namespace tocsin::checkpoint
