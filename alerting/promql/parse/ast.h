// The syntax tree of a PromQL expression: pure data, made by the parser, read by the printer, the type check
// and the evaluator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "alerting/model/matcher.h"
#include "alerting/model/query_engine.h"
#include "base/time.h"

namespace tocsin::promql {

struct Function;

/// Bytes [start, end) of the expression's text.
struct Span {
  size_t start = 0;
  size_t end = 0;
};

/// In groups: arithmetic, comparisons, set operators.
enum class BinaryOp {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,
  kPow,
  kAtan2,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAnd,
  kOr,
  kUnless,
};

/// Those with a parameter stand from kTopk on, the experimental ones from kLimitk on.
enum class AggregateOp {
  kSum,
  kAvg,
  kCount,
  kMin,
  kMax,
  kGroup,
  kStddev,
  kStdvar,
  kTopk,
  kBottomk,
  kCountValues,
  kQuantile,
  kLimitk,
  kLimitRatio,
};

bool IsComparison(BinaryOp op);
bool IsSetOperator(BinaryOp op);
std::string_view BinaryOpName(BinaryOp op);
std::string_view AggregateOpName(AggregateOp op);
bool TakesParameter(AggregateOp op);
bool IsExperimental(AggregateOp op);

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct NumberLiteral {
  double value = 0;
  bool is_duration = false;  ///< written as one, and printed as one
};

struct StringLiteral {
  std::string value;
};

struct DurationExpr;
using DurationExprPtr = std::shared_ptr<const DurationExpr>;

/// Arithmetic where a duration stands: `[5m * 2]`, `offset -(1m + 30s)`. Immutable.
struct DurationExpr {
  NumberLiteral number;        ///< when `op` is none
  std::optional<BinaryOp> op;  ///< + - * / % ^; without `lhs` a minus sign
  DurationExprPtr lhs;
  DurationExprPtr rhs;
  bool wrapped = false;  ///< in parentheses
  Span span;
};

/// `offset` and `@`. The time is fixed before the offset is taken.
struct TimeModifier {
  enum class Anchor { kNone, kTime, kStart, kEnd };
  Duration offset{0};
  DurationExprPtr offset_expr;  ///< null where a literal says it; else `offset` is its value
  Anchor anchor = Anchor::kNone;
  Timestamp at;  ///< with kTime

  bool fixed() const { return anchor != Anchor::kNone; }
};

struct VectorSelector {
  std::string name;  ///< as written in front of the braces; may be empty
  /// In the order written; the one for `name` is the last.
  model::Matchers matchers;
  TimeModifier time;
};

/// A selector with a range; its time modifier stands in `selector`.
struct MatrixSelector {
  VectorSelector selector;
  Span selector_span;
  Duration range{0};
  DurationExprPtr range_expr;  ///< null where a literal says it; else `range` is its value
};

struct Subquery {
  ExprPtr expr;
  Duration range{0};
  DurationExprPtr range_expr;    ///< as in MatrixSelector
  std::optional<Duration> step;  ///< none: the engine's default
  DurationExprPtr step_expr;
  TimeModifier time;
};

struct Call {
  const Function* function = nullptr;
  std::vector<ExprPtr> args;
};

struct Aggregate {
  AggregateOp op = AggregateOp::kSum;
  ExprPtr expr;
  ExprPtr param;  ///< null without one
  bool without = false;
  std::vector<std::string> grouping;
};

struct Matching {
  enum class Card { kOneToOne, kManyToOne, kOneToMany, kManyToMany };
  Card card = Card::kOneToOne;
  bool on = false;
  std::vector<std::string> labels;
  std::vector<std::string> include;  ///< of group_left, group_right

  bool grouped() const { return card == Card::kManyToOne || card == Card::kOneToMany; }
};

struct Binary {
  BinaryOp op = BinaryOp::kAdd;
  ExprPtr lhs;
  ExprPtr rhs;
  bool return_bool = false;
  Matching matching;  ///< means something between two vectors only
  Span op_span;
};

struct Unary {
  bool negative = false;
  ExprPtr expr;
};

struct Paren {
  ExprPtr expr;
};

struct Expr {
  std::variant<NumberLiteral, StringLiteral, VectorSelector, MatrixSelector, Subquery, Call, Aggregate,
               Binary, Unary, Paren>
      node;
  Span span;

  template <typename T>
  const T* As() const {
    return std::get_if<T>(&node);
  }
  template <typename T>
  T* As() {
    return std::get_if<T>(&node);
  }
};

/// What the expression evaluates to; needs no evaluation.
model::ValueType TypeOf(const Expr& expr);
/// "instant vector", "range vector", "scalar", "string".
std::string_view TypeName(model::ValueType type);
/// Past any parentheses.
const Expr& Unwrap(const Expr& expr);

}  // namespace tocsin::promql
