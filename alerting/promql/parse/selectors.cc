#include "alerting/promql/parse/selectors.h"

#include <algorithm>
#include <utility>

#include "alerting/promql/parse/printer.h"

namespace tocsin::promql {
namespace {

/// What subqueries around a selector add to the time that it looks at.
struct Around {
  Duration range{0};
  TimeModifier time;
};

/// The inner modifier within the outer one: what is fixed further inside stays so.
TimeModifier Within(const TimeModifier& outer, const TimeModifier& inner) {
  if (inner.fixed()) return inner;
  TimeModifier both = outer;
  both.offset += inner.offset;
  return both;
}

class Collector {
 public:
  explicit Collector(Duration lookback) : lookback_(lookback) {}

  void Visit(const Expr& expr, const Around& around) {
    std::visit([&](const auto& node) { On(node, around); }, expr.node);
  }
  std::vector<std::string> Take() { return std::move(texts_); }

 private:
  void On(const NumberLiteral&, const Around&) {}
  void On(const StringLiteral&, const Around&) {}
  void On(const VectorSelector& selector, const Around& around) {
    if (around.range == Duration(0)) {
      VectorSelector alone = selector;
      alone.time = Plain(Within(around.time, selector.time));
      return Add(Expr{std::move(alone), {}});
    }
    AddRange(selector, lookback_, around);
  }
  void On(const MatrixSelector& matrix, const Around& around) {
    AddRange(matrix.selector, matrix.range, around);
  }
  void On(const Subquery& subquery, const Around& around) {
    Visit(*subquery.expr, {around.range + subquery.range, Within(around.time, subquery.time)});
  }
  void On(const Call& call, const Around& around) {
    for (const ExprPtr& arg : call.args) Visit(*arg, around);
  }
  void On(const Aggregate& aggregate, const Around& around) {
    if (aggregate.param != nullptr) Visit(*aggregate.param, around);
    Visit(*aggregate.expr, around);
  }
  void On(const Binary& binary, const Around& around) {
    Visit(*binary.lhs, around);
    Visit(*binary.rhs, around);
  }
  void On(const Unary& unary, const Around& around) { Visit(*unary.expr, around); }
  void On(const Paren& paren, const Around& around) { Visit(*paren.expr, around); }

  void AddRange(const VectorSelector& selector, Duration range, const Around& around) {
    MatrixSelector wide;
    wide.selector = selector;
    wide.selector.time = Plain(Within(around.time, selector.time));
    wide.range = range + around.range;
    Add(Expr{std::move(wide), {}});
  }
  /// Durations are known by now; how they were written does not matter.
  static TimeModifier Plain(TimeModifier time) {
    time.offset_expr = nullptr;
    return time;
  }
  void Add(const Expr& expr) {
    std::string text = Print(expr);
    if (std::find(texts_.begin(), texts_.end(), text) == texts_.end()) texts_.push_back(std::move(text));
  }

  Duration lookback_;
  std::vector<std::string> texts_;
};

}  // namespace

std::vector<std::string> SelectorTexts(const Expr& expr, Duration lookback) {
  Collector collector(lookback);
  collector.Visit(expr, {});
  return collector.Take();
}

}  // namespace tocsin::promql
