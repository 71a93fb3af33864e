#include "alerting/promql/parse/durations.h"

#include <cmath>

#include <fmt/format.h>

namespace tocsin::promql {
namespace {

constexpr double kMaxSeconds = 9223372036;  // what 64 bits of nanoseconds hold

tl::unexpected<Error> FailAt(Span span, std::string_view message) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{}:{}: {}", span.start, span.end, message));
}

Result<double> Seconds(const DurationExpr& expr) {
  if (!expr.op) return expr.number.value;
  Result<double> lhs = expr.lhs == nullptr ? Result<double>(0) : Seconds(*expr.lhs);
  if (!lhs) return lhs;
  Result<double> rhs = Seconds(*expr.rhs);
  if (!rhs) return rhs;
  switch (*expr.op) {
    case BinaryOp::kAdd:
      return *lhs + *rhs;
    case BinaryOp::kSub:
      return *lhs - *rhs;
    case BinaryOp::kMul:
      return *lhs * *rhs;
    case BinaryOp::kDiv:
      if (*rhs == 0) return FailAt(expr.span, "division by zero");
      return *lhs / *rhs;
    case BinaryOp::kMod:
      if (*rhs == 0) return FailAt(expr.span, "modulo by zero");
      return std::fmod(*lhs, *rhs);
    default:
      return std::pow(*lhs, *rhs);
  }
}

Status Resolve(const DurationExprPtr& expr, bool may_be_negative, Duration& duration) {
  if (expr == nullptr) return {};
  Result<double> seconds = Seconds(*expr);
  if (!seconds) return Fail(seconds.error());
  if (*seconds <= 0 && !may_be_negative) return FailAt(expr->span, "duration must be greater than 0");
  if (std::isnan(*seconds)) seconds = 0;  // as in Prometheus
  if (std::fabs(*seconds) > kMaxSeconds) return FailAt(expr->span, "duration is out of range");
  duration = Duration(static_cast<int64_t>(*seconds * 1000));
  return {};
}

struct Resolver {
  Status operator()(NumberLiteral&) const { return {}; }
  Status operator()(StringLiteral&) const { return {}; }
  Status operator()(VectorSelector& selector) const { return Offset(selector.time); }
  Status operator()(MatrixSelector& matrix) const {
    if (Status status = Offset(matrix.selector.time); !status) return status;
    return Resolve(matrix.range_expr, false, matrix.range);
  }
  Status operator()(Subquery& subquery) const {
    if (Status status = Offset(subquery.time); !status) return status;
    if (subquery.step_expr != nullptr) {
      Duration step{0};
      if (Status status = Resolve(subquery.step_expr, false, step); !status) return status;
      // A step below a millisecond counts as none.
      subquery.step = step.count() > 0 ? std::optional(step) : std::nullopt;
    }
    if (Status status = Resolve(subquery.range_expr, false, subquery.range); !status) return status;
    return ResolveDurations(*subquery.expr);
  }
  Status operator()(Call& call) const {
    for (ExprPtr& arg : call.args) {
      if (Status status = ResolveDurations(*arg); !status) return status;
    }
    return {};
  }
  Status operator()(Aggregate& aggregate) const {
    if (aggregate.param != nullptr) {
      if (Status status = ResolveDurations(*aggregate.param); !status) return status;
    }
    return ResolveDurations(*aggregate.expr);
  }
  Status operator()(Binary& binary) const {
    if (Status status = ResolveDurations(*binary.lhs); !status) return status;
    return ResolveDurations(*binary.rhs);
  }
  Status operator()(Unary& unary) const { return ResolveDurations(*unary.expr); }
  Status operator()(Paren& paren) const { return ResolveDurations(*paren.expr); }

 private:
  static Status Offset(TimeModifier& time) { return Resolve(time.offset_expr, true, time.offset); }
};

}  // namespace

Status ResolveDurations(Expr& expr) { return std::visit(Resolver{}, expr.node); }

}  // namespace tocsin::promql
