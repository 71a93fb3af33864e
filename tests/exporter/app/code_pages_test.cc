#include "exporter/code_pages.h"

#include <string>

#include <gtest/gtest.h>

#include "base/files.h"

namespace tocsin::exporter {
namespace {

/// Of the pages of files that are in memory for this process, in kilobytes.
long FilePages() {
  const auto status = ReadFile("/proc/self/status");
  if (!status) return -1;
  const size_t at = status->find("RssFile:");
  return at == std::string::npos ? -1 : std::stol(status->substr(at + std::string("RssFile:").size()));
}

TEST(CodePages, ComeBackWhenTheyAreUsed) {
  const long before = FilePages();
  ASSERT_GT(before, 0);
  ASSERT_TRUE(ReleaseCodePages().has_value());
  const long after = FilePages();
  EXPECT_LT(after, before);
  ASSERT_TRUE(ReleaseCodePages().has_value()) << "the code that was let go runs";
}

}  // namespace
}  // namespace tocsin::exporter
