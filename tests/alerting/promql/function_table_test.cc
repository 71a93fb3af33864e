#include <gtest/gtest.h>

#include "alerting/promql/functions/function.h"

namespace tocsin::promql {
namespace {

TEST(FunctionTable, IsSortedCompleteAndDocumented) {
  std::string_view before;
  for (const Function& function : AllFunctions()) {
    EXPECT_LT(before, function.name);
    before = function.name;
    EXPECT_FALSE(function.doc.empty()) << function.name;
    EXPECT_TRUE(function.variadic == 0 || !function.args.empty()) << function.name;
    EXPECT_EQ(FindFunction(function.name), &function);
  }
  EXPECT_EQ(AllFunctions().size(), 80u);  // as many as Prometheus 3.5 has
  EXPECT_EQ(FindFunction("holt_winters"), nullptr);
}

}  // namespace
}  // namespace tocsin::promql
