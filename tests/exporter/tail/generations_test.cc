#include "exporter/tail/generations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/exporter/tail/scratch_folder.h"

namespace tocsin::tail {
namespace {

TEST(Generations, KnowsTheNamesThatRotationGives) {
  for (const char* name : {"access.log.1", "access.log.12", "access.log-20261121", "access.log-2026-11-21",
                           "access.log.20261121-153000", "access.log.old", "access-20261121.log",
                           "access.1.log", "access.log_1763716000"}) {
    EXPECT_TRUE(IsGeneration("access.log", name)) << name;
  }
  for (const char* name : {"access.log", "access.log.gz", "access.log.tmp", "access.log1", "access.logs",
                           "other.log.1", "access.log.errors", "access-api.log", "error.log", "access.log.",
                           "access.log.1.bak", "access.log.1~"}) {
    EXPECT_FALSE(IsGeneration("access.log", name)) << name;
  }
  EXPECT_TRUE(IsGeneration("access", "access.1"));
  EXPECT_FALSE(IsGeneration(".log", ".1.log"));
}

TEST(Generations, ListsPlainFilesOnly) {
  const ScratchFolder folder;
  Append(folder / "access.log", "x\n");
  Append(folder / "access.log.1", "");
  Append(folder / "access.log.2.gz", "x");
  std::filesystem::create_directory(folder / "access.log.3");
  std::vector<std::string> paths;
  for (const Sibling& sibling : ListSiblings(folder / "access.log")) paths.push_back(sibling.path);
  EXPECT_THAT(paths, testing::UnorderedElementsAre(folder / "access.log", folder / "access.log.1"));
  EXPECT_TRUE(ListSiblings(folder / "nowhere/access.log").empty());
}

}  // namespace
}  // namespace tocsin::tail
