#include <set>

#include <gmock/gmock.h>

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

TEST(FunctionTable, SaysWhatCanNotBeEvaluatedYet) {
  std::set<std::string_view> missing;
  for (const Function& function : AllFunctions()) {
    if (std::holds_alternative<NotYet>(function.kernel)) missing.insert(function.name);
  }
  EXPECT_THAT(missing, testing::ElementsAre("info"));
}

}  // namespace
}  // namespace tocsin::promql
