#include "alerting/promql/parse/parser.h"

#include <array>

#include <fmt/format.h>

#include "alerting/promql/parse/grammar.h"
#include "alerting/promql/parse/literals.h"
#include "alerting/promql/parse/parse_error.h"
#include "alerting/promql/parse/type_check.h"

namespace tocsin::promql {

int LevelOf(BinaryOp op) {
  switch (op) {
    case BinaryOp::kOr:
      return 1;
    case BinaryOp::kAnd:
    case BinaryOp::kUnless:
      return 2;
    case BinaryOp::kAdd:
    case BinaryOp::kSub:
      return 4;
    case BinaryOp::kMul:
    case BinaryOp::kDiv:
    case BinaryOp::kMod:
    case BinaryOp::kAtan2:
      return 5;
    case BinaryOp::kPow:
      return kPowLevel;
    default:
      return 3;
  }
}

bool CanNameMetric(const Token& token) {
  switch (token.kind) {
    case TokenKind::kIdentifier:
    case TokenKind::kMetricIdentifier:
    case TokenKind::kAggregateOp:
    case TokenKind::kBy:
    case TokenKind::kWithout:
    case TokenKind::kOffset:
    case TokenKind::kStartWord:
    case TokenKind::kEndWord:
      return true;
    case TokenKind::kBinaryOp:
      return token.Is(BinaryOp::kAnd) || token.Is(BinaryOp::kOr) || token.Is(BinaryOp::kUnless);
    default:
      return false;
  }
}

bool CanNameLabel(const Token& token) {
  switch (token.kind) {
    case TokenKind::kOn:
    case TokenKind::kIgnoring:
    case TokenKind::kGroupLeft:
    case TokenKind::kGroupRight:
    case TokenKind::kBool:
      return true;
    default:
      return CanNameMetric(token) || token.Is(BinaryOp::kAtan2);
  }
}
Result<ExprPtr> Parser::Run() {
  if (Peek().kind == TokenKind::kEnd) {
    constexpr std::string_view kNothing = "no expression found in input";
    if (!text_.empty()) return Fail(ParseError(text_, {}, kNothing));
    return Fail(ErrorCode::kInvalidArgument, fmt::format("unknown position: parse error: {}", kNothing));
  }
  ExprPtr expr = ParseBinary(0);
  if (expr != nullptr && Peek().kind != TokenKind::kEnd) {
    Unexpected("", "");
    expr = nullptr;
  }
  if (expr == nullptr) return Fail(error_.value_or(ParseError(text_, {}, "unexpected end of input")));
  if (Status types = CheckTypes(text_, *expr); !types) return Fail(types.error());
  return expr;
}

Result<model::Matchers> Parser::RunSelector() {
  ExprPtr expr;
  if (Peek().kind == TokenKind::kLeftBrace)
    expr = ParseSelector("");
  else if (CanNameMetric(Peek()))
    expr = ParseSelector(Peek().text);
  if (expr == nullptr || Peek().kind != TokenKind::kEnd) {
    Unexpected("", "");
    if (!text_.empty()) return Fail(*error_);
    return Fail(ErrorCode::kInvalidArgument, "unknown position: " + error_->message());
  }
  return std::move(expr->As<VectorSelector>()->matchers);
}

std::nullptr_t Parser::FailAt(Span span, std::string_view message) {
  if (!error_) error_ = ParseError(text_, span, message);
  return nullptr;
}

std::nullptr_t Parser::Unexpected(std::string_view context, std::string_view expected) {
  const Token& token = Peek();
  if (token.kind == TokenKind::kError) return FailAt(token.span, token.text);
  if (context.empty() && aggregations_open_ > 0) context = "aggregation";
  std::string message = "unexpected " + token.Describe();
  if (!context.empty()) message += fmt::format(" in {}", context);
  if (!expected.empty()) message += fmt::format(", expected {}", expected);
  return FailAt(token.span, message);
}

// --- operators

ExprPtr Parser::ParseBinary(int min_level) {
  if (nesting_ >= kMaxNesting) return FailAt(Peek().span, "expression is nested too deeply");
  ++nesting_;
  ExprPtr lhs = ParseUnary();
  while (lhs != nullptr && Peek().kind == TokenKind::kBinaryOp) {
    auto op = static_cast<BinaryOp>(Peek().code);
    int level = LevelOf(op);
    if (level < min_level) break;
    if (++operators_ > kMaxOperators) return FailAt(Peek().span, "expression has too many operators");
    lhs = ParseRightSide(std::move(lhs), op, level);
  }
  --nesting_;
  return lhs;
}

ExprPtr Parser::ParseRightSide(ExprPtr lhs, BinaryOp op, int level) {
  Binary binary;
  binary.op = op;
  binary.op_span = Take().span;
  binary.return_bool = Accept(TokenKind::kBool);
  if (!ParseMatching(binary.matching)) return nullptr;
  binary.rhs = ParseBinary(op == BinaryOp::kPow ? level : level + 1);
  if (binary.rhs == nullptr) return nullptr;
  size_t start = lhs->span.start;
  size_t end = binary.rhs->span.end;
  binary.lhs = std::move(lhs);
  return Make(std::move(binary), start, end);
}

bool Parser::ParseMatching(Matching& matching) {
  bool on = Peek().kind == TokenKind::kOn;
  if (!on && Peek().kind != TokenKind::kIgnoring) return true;
  Take();
  matching.on = on;
  if (!ParseLabelList(matching.labels)) return false;
  TokenKind side = Peek().kind;
  if (side != TokenKind::kGroupLeft && side != TokenKind::kGroupRight) return true;
  Take();
  matching.card = side == TokenKind::kGroupLeft ? Matching::Card::kManyToOne : Matching::Card::kOneToMany;
  return Peek().kind != TokenKind::kLeftParen || ParseLabelList(matching.include);
}

bool Parser::ParseLabelList(std::vector<std::string>& labels) {
  if (!Accept(TokenKind::kLeftParen)) return Unexpected("grouping opts", "\"(\"") != nullptr;
  while (!Accept(TokenKind::kRightParen)) {
    const Token& token = Peek();
    std::string name = token.text;
    if (token.kind == TokenKind::kString) {
      name = ReadQuoted(token.text).value;
    } else if (!CanNameLabel(token)) {
      return Unexpected("grouping opts", "label") != nullptr;
    }
    if (!model::IsUtf8Name(name)) {
      return FailAt(token.span, "invalid label name for grouping: " + model::Quote(name)) != nullptr;
    }
    labels.push_back(std::move(name));
    Take();
    if (Accept(TokenKind::kComma)) continue;
    if (Peek().kind != TokenKind::kRightParen) {
      return Unexpected("grouping opts", "\",\" or \")\"") != nullptr;
    }
  }
  return true;
}

ExprPtr Parser::ParseUnary() {
  bool negative = Peek().Is(BinaryOp::kSub);
  if (!negative && !Peek().Is(BinaryOp::kAdd)) return ParseModified();
  size_t start = Take().span.start;
  ExprPtr operand = ParseBinary(kPowLevel);
  if (operand == nullptr) return nullptr;
  if (auto* number = operand->As<NumberLiteral>()) {
    if (negative) number->value = -number->value;
    operand->span.start = start;
    return operand;
  }
  size_t end = operand->span.end;
  return Make(Unary{negative, std::move(operand)}, start, end);
}

Result<model::Matchers> ParseSelector(std::string_view text) { return Parser(text, {}).RunSelector(); }

Result<ExprPtr> Parse(std::string_view text, ParseOptions options) { return Parser(text, options).Run(); }

}  // namespace tocsin::promql
