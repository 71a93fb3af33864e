// Expressions are compared by their normal form. One that stands in several places gets a slot; what the
// first place found is there for the others, until a sample is written that one of its selectors may match.
#include "alerting/promql/eval/round.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "alerting/promql/functions/function.h"
#include "alerting/promql/parse/printer.h"

namespace tocsin::promql {
namespace {

struct Shape {
  std::vector<model::Matchers> selectors;
  bool shareable = true;
};

/// Walks expressions, and notes each subexpression under its normal form.
class ShapeWalk {
 public:
  struct Entry {
    std::vector<const Expr*> places;
    std::vector<model::Matchers> selectors;
  };

  Shape Visit(const Expr& expr) {
    Shape shape = std::visit([&](const auto& node) { return On(node); }, expr.node);
    // Literals cost nothing; a subquery is evaluated by what is around it; parentheses say nothing.
    const bool worth = shape.shareable && expr.As<NumberLiteral>() == nullptr &&
                       expr.As<StringLiteral>() == nullptr && expr.As<Paren>() == nullptr &&
                       expr.As<Subquery>() == nullptr;
    if (worth) {
      Entry& entry = entries_[Print(expr)];
      entry.places.push_back(&expr);
      entry.selectors = shape.selectors;
    }
    return shape;
  }
  std::map<std::string, Entry>& entries() { return entries_; }

 private:
  static Shape On(const NumberLiteral&) { return {}; }
  static Shape On(const StringLiteral&) { return {}; }
  static Shape On(const VectorSelector& selector) { return {{selector.matchers}, true}; }
  static Shape On(const MatrixSelector& matrix) { return {{matrix.selector.matchers}, true}; }
  Shape On(const Subquery& subquery) { return Visit(*subquery.expr); }
  Shape On(const Unary& unary) { return Visit(*unary.expr); }
  Shape On(const Paren& paren) { return Visit(*paren.expr); }
  Shape On(const Binary& binary) { return Join(Visit(*binary.lhs), Visit(*binary.rhs)); }
  Shape On(const Aggregate& aggregate) {
    Shape shape = Visit(*aggregate.expr);
    return aggregate.param == nullptr ? shape : Join(std::move(shape), Visit(*aggregate.param));
  }
  Shape On(const Call& call) {
    Shape shape;
    for (const ExprPtr& arg : call.args) shape = Join(std::move(shape), Visit(*arg));
    // It looks at series that stand in no selector.
    if (call.function->name == "info") shape.shareable = false;
    return shape;
  }
  static Shape Join(Shape a, Shape b) {
    a.selectors.insert(a.selectors.end(), b.selectors.begin(), b.selectors.end());
    a.shareable = a.shareable && b.shareable;
    return a;
  }

  std::map<std::string, Entry> entries_;
};

bool NameMatches(const model::Matchers& matchers, const std::set<std::string_view>& names) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    return std::all_of(matchers.begin(), matchers.end(), [&](const model::Matcher& matcher) {
      return matcher.name() != model::kMetricName || matcher.Matches(name);
    });
  });
}

}  // namespace

Round::Round(std::span<const Expr* const> expressions) {
  ShapeWalk walk;
  for (const Expr* expr : expressions) walk.Visit(*expr);
  for (auto& [text, entry] : walk.entries()) {
    if (entry.places.size() < 2) continue;
    for (const Expr* place : entry.places) places_[place] = slots_.size();
    Slot& slot = slots_.emplace_back();
    slot.places_ = entry.places.size();
    slot.selectors_ = std::move(entry.selectors);
  }
}

void Round::Begin() {
  for (Slot& slot : slots_) {
    slot.found_ = std::monostate();
    slot.remaining_ = slot.places_;
  }
}

void Round::Written(std::span<const model::Labels> series) {
  std::set<std::string_view> names;
  for (const model::Labels& labels : series) names.insert(labels.metric_name());
  for (Slot& slot : slots_) {
    if (std::holds_alternative<std::monostate>(slot.found_)) continue;
    const bool touched =
        std::any_of(slot.selectors_.begin(), slot.selectors_.end(), [&](const model::Matchers& matchers) {
          return NameMatches(matchers, names) &&
                 std::any_of(series.begin(), series.end(), [&](const model::Labels& labels) {
                   return model::MatchesAll(matchers, labels);
                 });
        });
    if (touched) slot.found_ = std::monostate();
  }
}

Round::Slot* Round::Find(const Expr& expr) {
  const auto place = places_.find(&expr);
  return place == places_.end() ? nullptr : &slots_[place->second];
}

}  // namespace tocsin::promql
