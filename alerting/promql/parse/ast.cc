#include "alerting/promql/parse/ast.h"

#include <array>

#include "alerting/promql/functions/function.h"

namespace tocsin::promql {

using model::ValueType;

bool IsComparison(BinaryOp op) { return op >= BinaryOp::kEqual && op <= BinaryOp::kGreaterEqual; }
bool IsSetOperator(BinaryOp op) { return op >= BinaryOp::kAnd; }

std::string_view BinaryOpName(BinaryOp op) {
  constexpr std::array<std::string_view, 16> kNames{
      "+", "-", "*", "/", "%", "^", "atan2", "==", "!=", "<", "<=", ">", ">=", "and", "or", "unless"};
  return kNames[static_cast<size_t>(op)];
}

std::string_view AggregateOpName(AggregateOp op) {
  constexpr std::array<std::string_view, 14> kNames{
      "sum",    "avg",  "count",   "min",          "max",      "group",  "stddev",
      "stdvar", "topk", "bottomk", "count_values", "quantile", "limitk", "limit_ratio"};
  return kNames[static_cast<size_t>(op)];
}

bool TakesParameter(AggregateOp op) { return op >= AggregateOp::kTopk; }
bool IsExperimental(AggregateOp op) { return op >= AggregateOp::kLimitk; }

ValueType TypeOf(const Expr& expr) {
  struct Visitor {
    ValueType operator()(const NumberLiteral&) const { return ValueType::kScalar; }
    ValueType operator()(const StringLiteral&) const { return ValueType::kString; }
    ValueType operator()(const VectorSelector&) const { return ValueType::kVector; }
    ValueType operator()(const MatrixSelector&) const { return ValueType::kMatrix; }
    ValueType operator()(const Subquery&) const { return ValueType::kMatrix; }
    ValueType operator()(const Call& call) const { return call.function->result; }
    ValueType operator()(const Aggregate&) const { return ValueType::kVector; }
    ValueType operator()(const Binary& binary) const {
      bool scalar = TypeOf(*binary.lhs) == ValueType::kScalar && TypeOf(*binary.rhs) == ValueType::kScalar;
      return scalar ? ValueType::kScalar : ValueType::kVector;
    }
    ValueType operator()(const Unary& unary) const { return TypeOf(*unary.expr); }
    ValueType operator()(const Paren& paren) const { return TypeOf(*paren.expr); }
  };
  return std::visit(Visitor{}, expr.node);
}

std::string_view TypeName(ValueType type) {
  switch (type) {
    case ValueType::kScalar:
      return "scalar";
    case ValueType::kVector:
      return "instant vector";
    case ValueType::kMatrix:
      return "range vector";
    case ValueType::kString:
      return "string";
  }
  return "none";
}

const Expr& Unwrap(const Expr& expr) {
  const Paren* paren = expr.As<Paren>();
  return paren == nullptr ? expr : Unwrap(*paren->expr);
}

}  // namespace tocsin::promql
