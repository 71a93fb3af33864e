// What follows an operand: ranges, subqueries, offset and @, and the durations in them.
#include <cmath>

#include <fmt/format.h>

#include "alerting/promql/parse/grammar.h"
#include "alerting/promql/parse/literals.h"

namespace tocsin::promql {

// --- what follows an operand

ExprPtr Parser::ParseModified() {
  ExprPtr expr = ParseOperand();
  for (int modifiers = 0; expr != nullptr; ++modifiers) {
    if (modifiers > kMaxNesting) return FailAt(Peek().span, "expression is nested too deeply");
    switch (Peek().kind) {
      case TokenKind::kLeftBracket:
        expr = ParseRange(std::move(expr));
        break;
      case TokenKind::kOffset:
        expr = ParseOffset(std::move(expr));
        break;
      case TokenKind::kAt:
        expr = ParseAt(std::move(expr));
        break;
      default:
        return expr;
    }
  }
  return expr;
}

std::optional<double> Parser::ParseTimestamp() {
  double sign = 1;
  if (Peek().Is(BinaryOp::kSub) || Peek().Is(BinaryOp::kAdd)) sign = Take().Is(BinaryOp::kSub) ? -1 : 1;
  std::optional<double> seconds = ParseNumberOrDuration();
  if (seconds) return sign * *seconds;
  if (!error_) Unexpected("@", "timestamp");
  return std::nullopt;
}

std::optional<double> Parser::ParseNumberOrDuration() {
  const Token& token = Peek();
  if (token.kind == TokenKind::kNumber) {
    Result<double> number = ParseNumber(token.text);
    if (number) {
      Take();
      return *number;
    }
    FailAt(token.span, number.error().message());
  } else if (token.kind == TokenKind::kDuration) {
    Result<Duration> duration = ParseDuration(token.text);
    if (duration) {
      Take();
      return static_cast<double>(duration->count()) / 1000;
    }
    FailAt(token.span, duration.error().message());
  }
  return std::nullopt;
}

// --- durations, which with the feature promql-duration-expr may be calculated

Parser::MutableDuration Parser::ParseDurationBinary(int min_level, std::string_view context,
                                                    std::string_view expected) {
  if (nesting_ >= kMaxNesting) return FailAt(Peek().span, "expression is nested too deeply");
  ++nesting_;
  MutableDuration lhs = ParseDurationOperand(context, expected);
  while (lhs != nullptr && Peek().kind == TokenKind::kBinaryOp) {
    auto op = static_cast<BinaryOp>(Peek().code);
    int level = LevelOf(op);
    if (op > BinaryOp::kPow || level < min_level) break;
    if (++operators_ > kMaxOperators) return FailAt(Peek().span, "expression has too many operators");
    Span op_span = Take().span;
    MutableDuration rhs = ParseDurationBinary(op == BinaryOp::kPow ? level : level + 1, context, expected);
    if (rhs == nullptr || !CheckDurationExpr(op, op_span, *lhs, *rhs)) return nullptr;
    Span span{lhs->span.start, rhs->span.end};
    lhs = std::make_shared<DurationExpr>(DurationExpr{{}, op, std::move(lhs), std::move(rhs), false, span});
  }
  --nesting_;
  return lhs;
}

bool Parser::CheckDurationExpr(BinaryOp op, Span op_span, const DurationExpr& lhs, const DurationExpr& rhs) {
  if (!RequireDurationExpr(lhs.span)) return false;
  if (rhs.op || rhs.number.value != 0) return true;
  if (op == BinaryOp::kDiv) return FailAt(op_span, "division by zero") != nullptr;
  if (op == BinaryOp::kMod) return FailAt(op_span, "modulo by zero") != nullptr;
  return true;
}

bool Parser::RequireDurationExpr(Span span) {
  if (options_.enable_duration_expr) return true;
  return FailAt(span, "experimental duration expression is not enabled") != nullptr;
}

Parser::MutableDuration Parser::ParseDurationOperand(std::string_view context, std::string_view expected) {
  if (Peek().Is(BinaryOp::kSub) || Peek().Is(BinaryOp::kAdd)) {
    bool negative = Peek().Is(BinaryOp::kSub);
    size_t start = Take().span.start;
    MutableDuration operand = ParseDurationBinary(kPowLevel, context, expected);
    return operand == nullptr ? nullptr : Signed(negative, start, std::move(operand));
  }
  if (Accept(TokenKind::kLeftParen)) {
    MutableDuration inner = ParseDurationBinary(0, context, expected);
    if (inner == nullptr) return nullptr;
    if (!Accept(TokenKind::kRightParen)) return Unexpected(context, expected);
    if (!RequireDurationExpr(inner->span)) return nullptr;
    inner->wrapped = inner->op.has_value();
    return inner;
  }
  return ParseDurationLiteral(context, expected);
}

Parser::MutableDuration Parser::ParseDurationLiteral(std::string_view context, std::string_view expected) {
  bool is_duration = Peek().kind == TokenKind::kDuration;
  Span span = Peek().span;
  std::optional<double> seconds = ParseNumberOrDuration();
  if (!seconds) return error_ ? nullptr : Unexpected(context, expected);
  auto literal = std::make_shared<DurationExpr>();
  literal->number = {*seconds, is_duration};
  literal->span = span;
  return CheckDurationRange(*literal) ? literal : nullptr;
}

Parser::MutableDuration Parser::Signed(bool negative, size_t start, MutableDuration operand) {
  if (!operand->op) {
    if (negative) operand->number.value = -operand->number.value;
    operand->span.start = start;
    return operand;
  }
  if (!negative) return operand;
  Span span{start, operand->span.end};
  return std::make_shared<DurationExpr>(
      DurationExpr{{}, BinaryOp::kSub, nullptr, std::move(operand), false, span});
}

bool Parser::CheckDurationRange(const DurationExpr& literal) {
  // NaN passes here as in Prometheus; it comes to nothing.
  if (!(std::fabs(literal.number.value) > kMaxDurationSeconds)) return true;
  return FailAt(literal.span, "duration out of range") != nullptr;
}

std::optional<DurationExprPtr> Parser::ParsePositiveDuration(std::string_view context,
                                                             std::string_view expected, Duration& duration) {
  MutableDuration expr = ParseDurationBinary(0, context, expected);
  if (expr == nullptr) return std::nullopt;
  if (expr->op) return expr;
  // Below a millisecond there is nothing to count either; Prometheus takes that for a range of 0.
  if (!(expr->number.value >= 0.001)) {
    FailAt(expr->span, "duration must be greater than 0");
    return std::nullopt;
  }
  duration = MillisOf(expr->number.value);
  return nullptr;
}

Duration Parser::MillisOf(double seconds) {
  if (std::isnan(seconds)) return Duration(0);
  return Duration(static_cast<int64_t>(seconds * 1000 + std::copysign(1e-6, seconds)));
}

Parser::MutableDuration Parser::ParseOffsetDuration() {
  size_t ahead = Peek().Is(BinaryOp::kSub) || Peek().Is(BinaryOp::kAdd) ? 1 : 0;
  constexpr std::string_view kExpected = "number or duration";
  if (Peek(ahead).kind != TokenKind::kNumber && Peek(ahead).kind != TokenKind::kDuration) {
    return ParseDurationBinary(0, "offset", kExpected);
  }
  size_t start = Peek().span.start;
  bool negative = ahead == 1 && Take().Is(BinaryOp::kSub);
  bool is_duration = Peek().kind == TokenKind::kDuration;
  std::optional<double> seconds = ParseNumberOrDuration();
  if (!seconds) return nullptr;
  auto literal = std::make_shared<DurationExpr>();
  literal->number = {negative ? -*seconds : *seconds, is_duration};
  literal->span = {start, LastEnd()};
  return CheckDurationRange(*literal) ? literal : nullptr;
}

ExprPtr Parser::ParseRange(ExprPtr expr) {
  size_t bracket = Take().span.start;
  Duration range{0};
  auto range_expr = ParsePositiveDuration("subquery selector", "number or duration", range);
  if (!range_expr) return nullptr;
  if (Accept(TokenKind::kColon)) return ParseSubquery(std::move(expr), range, std::move(*range_expr));
  if (!Accept(TokenKind::kRightBracket)) return Unexpected("subquery or range", "\":\" or \"]\"");
  auto* selector = expr->As<VectorSelector>();
  std::string_view fault;
  if (selector == nullptr)
    fault = "ranges only allowed for vector selectors";
  else if (selector->time.offset.count() != 0)
    fault = "no offset modifiers allowed before range";
  else if (selector->time.fixed())
    fault = "no @ modifiers allowed before range";
  if (!fault.empty()) return FailAt({bracket, LastEnd()}, fault);
  return Make(MatrixSelector{std::move(*selector), expr->span, range, std::move(*range_expr)},
              expr->span.start, LastEnd());
}

ExprPtr Parser::ParseSubquery(ExprPtr expr, Duration range, DurationExprPtr range_expr) {
  Subquery subquery;
  subquery.range = range;
  subquery.range_expr = std::move(range_expr);
  if (Peek().kind != TokenKind::kRightBracket) {
    Duration step{0};
    auto step_expr = ParsePositiveDuration("subquery selector", "number or duration or \"]\"", step);
    if (!step_expr) return nullptr;
    subquery.step = step;
    subquery.step_expr = std::move(*step_expr);
  }
  if (!Accept(TokenKind::kRightBracket)) return Unexpected("subquery selector", "\"]\"");
  size_t start = expr->span.start;
  subquery.expr = std::move(expr);
  return Make(std::move(subquery), start, LastEnd());
}

TimeModifier* Parser::TimeOf(Expr& expr) {
  if (auto* selector = expr.As<VectorSelector>()) return &selector->time;
  if (auto* matrix = expr.As<MatrixSelector>()) return &matrix->selector.time;
  if (auto* subquery = expr.As<Subquery>()) return &subquery->time;
  return nullptr;
}

ExprPtr Parser::ParseOffset(ExprPtr expr) {
  Take();
  MutableDuration offset = ParseOffsetDuration();
  if (offset == nullptr) return nullptr;
  TimeModifier* time = TimeOf(*expr);
  if (time == nullptr) {
    return FailAt(expr->span,
                  "offset modifier must be preceded by an instant vector selector or range vector selector "
                  "or a subquery");
  }
  if (time->offset.count() != 0 || time->offset_expr != nullptr) {
    return FailAt(expr->span, "offset may not be set multiple times");
  }
  if (offset->op)
    time->offset_expr = std::move(offset);
  else
    time->offset = MillisOf(offset->number.value);
  expr->span.end = LastEnd();
  return expr;
}

ExprPtr Parser::ParseAt(ExprPtr expr) {
  Take();
  TimeModifier at;
  TokenKind word = Peek().kind;
  if (word == TokenKind::kStartWord || word == TokenKind::kEndWord) {
    Take();
    if (!Accept(TokenKind::kLeftParen) || !Accept(TokenKind::kRightParen)) {
      return Unexpected("@", "timestamp");
    }
    at.anchor = word == TokenKind::kStartWord ? TimeModifier::Anchor::kStart : TimeModifier::Anchor::kEnd;
  } else {
    std::optional<double> seconds = ParseTimestamp();
    if (!seconds) return nullptr;
    if (!(std::fabs(*seconds) <= kMaxTimestampSeconds)) {
      std::string shown = std::isnan(*seconds)   ? "NaN"
                          : std::isinf(*seconds) ? (*seconds > 0 ? "+Inf" : "-Inf")
                                                 : fmt::format("{:f}", *seconds);
      return FailAt(expr->span, "timestamp out of bounds for @ modifier: " + shown);
    }
    at.anchor = TimeModifier::Anchor::kTime;
    at.at = Timestamp::FromSeconds(*seconds);
  }
  TimeModifier* time = TimeOf(*expr);
  if (time == nullptr) {
    return FailAt(expr->span,
                  "@ modifier must be preceded by an instant vector selector or range vector selector or a "
                  "subquery");
  }
  if (time->fixed()) return FailAt(expr->span, "@ <timestamp> may not be set multiple times");
  time->anchor = at.anchor;
  time->at = at.at;
  expr->span.end = LastEnd();
  return expr;
}

}  // namespace tocsin::promql
