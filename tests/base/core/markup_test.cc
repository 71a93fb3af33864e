#include "base/markup.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(EscapeMarkup, LeavesNothingThatEndsATextOrAValue) {
  EXPECT_EQ(EscapeMarkup(R"(<a href="x">R&D's</a>)"), "&lt;a href=&quot;x&quot;&gt;R&amp;D's&lt;/a&gt;");
  EXPECT_EQ(EscapeMarkup("&lt;"), "&amp;lt;") << "what looks like an entity is none";
}

}  // namespace
}  // namespace tocsin
