#include "exporter/stub_status/page.h"

#include <gtest/gtest.h>

namespace tocsin::stub_status {
namespace {

TEST(ParsePage, ReadsWhatNginxWrites) {
  const auto page = ParsePage(
      "Active connections: 291 \nserver accepts handled requests\n 16630948 16630947 31070465 \n"
      "Reading: 6 Writing: 179 Waiting: 106 \n");
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->active, 291U);
  EXPECT_EQ(page->accepted, 16630948U);
  EXPECT_EQ(page->handled, 16630947U);
  EXPECT_EQ(page->requests, 31070465U);
  EXPECT_EQ(page->reading, 6U);
  EXPECT_EQ(page->writing, 179U);
  EXPECT_EQ(page->waiting, 106U);
}

TEST(ParsePage, ReadsTenginesFurtherColumn) {
  const auto page = ParsePage(
      "Active connections: 1 \nserver accepts handled requests request_time\n 1140 1141 1142 75806\n"
      "Reading: 0 Writing: 1 Waiting: 2 \n");
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->requests, 1142U);
  EXPECT_EQ(page->waiting, 2U);
}

TEST(ParsePage, RefusesOtherPages) {
  for (const char* text :
       {"", "OK\n", "<html>404</html>", "Active connections: many",
        "Active connections: 1 \nserver accepts handled requests\n 1 2 \nReading: 0 Writing: 1 Waiting: 2 \n",
        "Active connections: 1 \nserver accepts handled requests\n 1 2 3 \nReading: 0 Writing: 1 Waiting: 2 "
        "more\n",
        "Active connections: -1 \nserver accepts handled requests\n 1 2 3 \nReading: 0 Writing: 1 Waiting: "
        "2\n"}) {
    EXPECT_FALSE(ParsePage(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace tocsin::stub_status
