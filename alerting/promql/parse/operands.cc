// Operands: parentheses, numbers, strings, calls, aggregations, selectors.
#include <fmt/format.h>

#include "alerting/promql/functions/function.h"
#include "alerting/promql/parse/grammar.h"
#include "alerting/promql/parse/literals.h"

namespace tocsin::promql {

// --- operands

ExprPtr Parser::ParseOperand() {
  const Token& token = Peek();
  switch (token.kind) {
    case TokenKind::kLeftParen:
      return ParseParen();
    case TokenKind::kString:
      Take();
      return Make(StringLiteral{ReadQuoted(token.text).value}, token.span.start, token.span.end);
    case TokenKind::kNumber:
    case TokenKind::kDuration: {
      bool is_duration = token.kind == TokenKind::kDuration;
      std::optional<double> number = ParseNumberOrDuration();
      if (!number) return nullptr;
      return Make(NumberLiteral{*number, is_duration}, token.span.start, token.span.end);
    }
    case TokenKind::kLeftBrace:
      return ParseSelector("");
    case TokenKind::kAggregateOp:
      if (IsAggregation(Peek(1).kind)) return ParseAggregate();
      break;
    case TokenKind::kIdentifier:
      if (Peek(1).kind == TokenKind::kLeftParen) return ParseCall();
      break;
    default:
      break;
  }
  if (!CanNameMetric(token)) return Unexpected("", "");
  return ParseSelector(token.text);
}

bool Parser::IsAggregation(TokenKind next) {
  return next == TokenKind::kLeftParen || next == TokenKind::kBy || next == TokenKind::kWithout;
}

ExprPtr Parser::ParseParen() {
  size_t start = Take().span.start;
  ExprPtr inner = ParseBinary(0);
  if (inner == nullptr) return nullptr;
  if (!Accept(TokenKind::kRightParen)) return Unexpected("", "");
  return Make(Paren{std::move(inner)}, start, LastEnd());
}

bool Parser::BeginsExpression(const Token& token) {
  switch (token.kind) {
    case TokenKind::kLeftParen:
    case TokenKind::kLeftBrace:
    case TokenKind::kString:
    case TokenKind::kNumber:
    case TokenKind::kDuration:
    case TokenKind::kError:  // which has its own words
      return true;
    default:
      return CanNameMetric(token) || token.Is(BinaryOp::kAdd) || token.Is(BinaryOp::kSub);
  }
}

bool Parser::ParseArgs(std::vector<ExprPtr>& args) {
  if (!Accept(TokenKind::kLeftParen)) return Unexpected("", "") != nullptr;
  if (Accept(TokenKind::kRightParen)) return true;
  for (;;) {
    ExprPtr arg = ParseBinary(0);
    if (arg == nullptr) return false;
    args.push_back(std::move(arg));
    if (Accept(TokenKind::kRightParen)) return true;
    Span comma = Peek().span;
    if (!Accept(TokenKind::kComma)) return Unexpected("", "") != nullptr;
    if (!BeginsExpression(Peek())) {
      return FailAt(comma, "trailing commas not allowed in function call args") != nullptr;
    }
  }
}

ExprPtr Parser::ParseCall() {
  const Token& name = Take();
  Call call;
  if (!ParseArgs(call.args)) return nullptr;
  call.function = FindFunction(name.text);
  if (call.function == nullptr) {
    return FailAt(name.span, "unknown function with name " + model::Quote(name.text));
  }
  if (call.function->experimental && !options_.enable_experimental) {
    return FailAt(name.span, fmt::format("function \"{}\" is not enabled", name.text));
  }
  if (call.function->takes_label_selector && call.args.size() > 1) {
    const auto* selector = call.args[1]->As<VectorSelector>();
    if (selector == nullptr || !selector->name.empty()) {
      return FailAt(call.args[1]->span,
                    fmt::format("expected label selectors only, got {} instead",
                                selector == nullptr ? TypeName(TypeOf(*call.args[1])) : "vector selector"));
    }
  }
  return Make(std::move(call), name.span.start, LastEnd());
}

ExprPtr Parser::ParseAggregate() {
  const Token& name = Take();
  Aggregate aggregate;
  aggregate.op = static_cast<AggregateOp>(name.code);
  bool grouped = Peek().kind != TokenKind::kLeftParen;
  if (grouped && !ParseGrouping(aggregate)) return nullptr;
  std::vector<ExprPtr> args;
  ++aggregations_open_;
  if (!ParseArgs(args)) return nullptr;
  --aggregations_open_;
  bool follows = Peek().kind == TokenKind::kBy || Peek().kind == TokenKind::kWithout;
  if (!grouped && follows && !ParseGrouping(aggregate)) return nullptr;
  Span span{name.span.start, LastEnd()};
  if (!TakeAggregateArgs(aggregate, args, span)) return nullptr;
  return Make(std::move(aggregate), span.start, span.end);
}

bool Parser::ParseGrouping(Aggregate& aggregate) {
  aggregate.without = Take().kind == TokenKind::kWithout;
  return ParseLabelList(aggregate.grouping);
}

bool Parser::TakeAggregateArgs(Aggregate& aggregate, std::vector<ExprPtr>& args, Span span) {
  if (args.empty()) return FailAt(span, "no arguments for aggregate expression provided") != nullptr;
  if (IsExperimental(aggregate.op) && !options_.enable_experimental) {
    return FailAt(span, fmt::format("{}() is experimental and must be enabled with "
                                    "--enable-feature=promql-experimental-functions",
                                    AggregateOpName(aggregate.op))) != nullptr;
  }
  size_t wanted = TakesParameter(aggregate.op) ? 2 : 1;
  if (args.size() != wanted) {
    return FailAt(
               span,
               fmt::format("wrong number of arguments for aggregate expression provided, expected {}, got {}",
                           wanted, args.size())) != nullptr;
  }
  if (wanted == 2) aggregate.param = std::move(args[0]);
  aggregate.expr = std::move(args.back());
  return true;
}

// --- selectors

ExprPtr Parser::ParseSelector(std::string name) {
  size_t start = Peek().span.start;
  if (!name.empty()) Take();
  VectorSelector selector;
  if (Accept(TokenKind::kLeftBrace) && !ParseMatchers(selector.matchers)) return nullptr;
  if (!name.empty()) {
    selector.matchers.push_back(model::Matcher::Equal(std::string(model::kMetricName), name));
    selector.name = std::move(name);
  }
  return Make(std::move(selector), start, LastEnd());
}

bool Parser::ParseMatchers(model::Matchers& matchers) {
  while (!Accept(TokenKind::kRightBrace)) {
    if (!ParseMatcher(matchers)) return false;
    if (Accept(TokenKind::kComma)) continue;
    if (Peek().kind != TokenKind::kRightBrace) {
      return Unexpected("label matching", "\",\" or \"}\"") != nullptr;
    }
  }
  return true;
}

bool Parser::ParseMatcher(model::Matchers& matchers) {
  const Token& name = Peek();
  bool quoted = name.kind == TokenKind::kString;
  if (!quoted && name.kind != TokenKind::kIdentifier) {
    return Unexpected("label matching", "identifier or \"}\"") != nullptr;
  }
  Take();
  std::string label = quoted ? ReadQuoted(name.text).value : name.text;
  std::optional<model::MatchOp> op = MatchOpOf(Peek());
  if (!op) {
    if (!quoted) return Unexpected("label matching", "label matching operator") != nullptr;
    // A bare quoted string is the metric's name.
    matchers.push_back(model::Matcher::Equal(std::string(model::kMetricName), std::move(label)));
    return true;
  }
  Take();
  if (Peek().kind != TokenKind::kString) return Unexpected("label matching", "string") != nullptr;
  Result<model::Matcher> matcher = model::Matcher::Make(*op, std::move(label), ReadQuoted(Take().text).value);
  if (!matcher) {
    return FailAt(name.span, matcher.error().message()) != nullptr;
  }
  matchers.push_back(std::move(*matcher));
  return true;
}

std::optional<model::MatchOp> Parser::MatchOpOf(const Token& token) {
  if (token.kind == TokenKind::kEqual) return model::MatchOp::kEqual;
  if (token.kind == TokenKind::kEqualRegex) return model::MatchOp::kRegex;
  if (token.kind == TokenKind::kNotRegex) return model::MatchOp::kNotRegex;
  if (token.Is(BinaryOp::kNotEqual)) return model::MatchOp::kNotEqual;
  return std::nullopt;
}

}  // namespace tocsin::promql
