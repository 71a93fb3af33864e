// One function a rule of the grammar. A parse function returns null (or false) once a fault is recorded; the
// first fault is the one reported, as in Prometheus, whose messages the contexts below reproduce.
//
// Precedence, loosest first: or; and, unless; comparisons; + -; * / % atan2; unary + -; ^ (to the right);
// then what follows an operand: [range], offset, @.
#include "alerting/promql/parse/parser.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "alerting/promql/functions/function.h"
#include "alerting/promql/parse/lexer.h"
#include "alerting/promql/parse/literals.h"
#include "alerting/promql/parse/parse_error.h"
#include "alerting/promql/parse/type_check.h"

namespace tocsin::promql {
namespace {

// Trees are walked recursively, so their height has to have a bound.
constexpr int kMaxNesting = 200;
constexpr int kMaxOperators = 1000;
constexpr double kMaxDurationSeconds = 9223372036;  // what 64 bits of nanoseconds hold
constexpr double kMaxTimestampSeconds = 4e15;       // sums of milliseconds stay within 64 bits

constexpr int kPowLevel = 6;

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

/// Keywords that may be metric names; all others may be label names only.
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

class Parser {
 public:
  Parser(std::string_view text, ParseOptions options)
      : text_(text), options_(options), tokens_(Tokenize(text)) {}

  Result<ExprPtr> Run() {
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

  Result<model::Matchers> RunSelector() {
    ExprPtr expr;
    if (Peek().kind == TokenKind::kLeftBrace)
      expr = ParseSelector("");
    else if (CanNameMetric(Peek()))
      expr = ParseSelector(Peek().text);
    if (expr == nullptr || Peek().kind != TokenKind::kEnd) {
      Unexpected("", "");
      return Fail(*error_);
    }
    return std::move(expr->As<VectorSelector>()->matchers);
  }

 private:
  // --- tokens and faults

  const Token& Peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  const Token& Take() { return tokens_[at_++]; }
  bool Accept(TokenKind kind) {
    bool accepted = Peek().kind == kind;
    if (accepted) ++at_;
    return accepted;
  }
  size_t LastEnd() const { return tokens_[at_ - 1].span.end; }

  std::nullptr_t FailAt(Span span, std::string_view message) {
    if (!error_) error_ = ParseError(text_, span, message);
    return nullptr;
  }

  /// Without a context of its own, a fault inside an aggregation is one "in aggregation".
  std::nullptr_t Unexpected(std::string_view context, std::string_view expected) {
    const Token& token = Peek();
    if (token.kind == TokenKind::kError) return FailAt(token.span, token.text);
    if (context.empty() && aggregations_open_ > 0) context = "aggregation";
    std::string message = "unexpected " + token.Describe();
    if (!context.empty()) message += fmt::format(" in {}", context);
    if (!expected.empty()) message += fmt::format(", expected {}", expected);
    return FailAt(token.span, message);
  }

  template <typename Node>
  static ExprPtr Make(Node node, size_t start, size_t end) {
    return std::make_unique<Expr>(Expr{std::move(node), {start, end}});
  }

  // --- operators

  ExprPtr ParseBinary(int min_level) {
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

  ExprPtr ParseRightSide(ExprPtr lhs, BinaryOp op, int level) {
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

  bool ParseMatching(Matching& matching) {
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

  bool ParseLabelList(std::vector<std::string>& labels) {
    if (!Accept(TokenKind::kLeftParen)) return Unexpected("grouping opts", "\"(\"") != nullptr;
    while (!Accept(TokenKind::kRightParen)) {
      const Token& token = Peek();
      std::string name = token.text;
      if (token.kind == TokenKind::kString) {
        name = ReadQuoted(token.text).value;
      } else if (!CanNameLabel(token)) {
        return Unexpected("grouping opts", "label") != nullptr;
      }
      bool valid =
          token.kind == TokenKind::kString ? model::IsUtf8Name(name) : model::IsClassicLabelName(name);
      if (!valid) {
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

  ExprPtr ParseUnary() {
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

  // --- what follows an operand

  ExprPtr ParseModified() {
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

  /// Of @: seconds, with any signs in front: "-300", "+1.5", "5m".
  std::optional<double> ParseTimestamp() {
    double sign = 1;
    while (Peek().Is(BinaryOp::kSub) || Peek().Is(BinaryOp::kAdd)) {
      if (Take().Is(BinaryOp::kSub)) sign = -sign;
    }
    std::optional<double> seconds = ParseNumberOrDuration();
    if (seconds) return sign * *seconds;
    if (!error_) Unexpected("@", "timestamp");
    return std::nullopt;
  }

  std::optional<double> ParseNumberOrDuration() {
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

  using MutableDuration = std::shared_ptr<DurationExpr>;

  MutableDuration ParseDurationBinary(int min_level, std::string_view context, std::string_view expected) {
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

  bool CheckDurationExpr(BinaryOp op, Span op_span, const DurationExpr& lhs, const DurationExpr& rhs) {
    if (!RequireDurationExpr(lhs.span)) return false;
    if (rhs.op || rhs.number.value != 0) return true;
    if (op == BinaryOp::kDiv) return FailAt(op_span, "division by zero") != nullptr;
    if (op == BinaryOp::kMod) return FailAt(op_span, "modulo by zero") != nullptr;
    return true;
  }

  bool RequireDurationExpr(Span span) {
    if (options_.enable_duration_expr) return true;
    return FailAt(span, "experimental duration expression is not enabled") != nullptr;
  }

  MutableDuration ParseDurationOperand(std::string_view context, std::string_view expected) {
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

  MutableDuration ParseDurationLiteral(std::string_view context, std::string_view expected) {
    bool is_duration = Peek().kind == TokenKind::kDuration;
    Span span = Peek().span;
    std::optional<double> seconds = ParseNumberOrDuration();
    if (!seconds) return error_ ? nullptr : Unexpected(context, expected);
    auto literal = std::make_shared<DurationExpr>();
    literal->number = {*seconds, is_duration};
    literal->span = span;
    return CheckDurationRange(*literal) ? literal : nullptr;
  }

  MutableDuration Signed(bool negative, size_t start, MutableDuration operand) {
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

  bool CheckDurationRange(const DurationExpr& literal) {
    // NaN passes here as in Prometheus; it comes to nothing.
    if (!(std::fabs(literal.number.value) > kMaxDurationSeconds)) return true;
    return FailAt(literal.span, "duration out of range") != nullptr;
  }

  /// Of a range or a step: a literal goes to `duration`, else the expression is returned. Null with a fault.
  std::optional<DurationExprPtr> ParsePositiveDuration(std::string_view context, std::string_view expected,
                                                       Duration& duration) {
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

  static Duration MillisOf(double seconds) {
    if (std::isnan(seconds)) return Duration(0);
    return Duration(static_cast<int64_t>(seconds * 1000 + std::copysign(1e-6, seconds)));
  }

  /// A literal ends an offset at once, so that what follows is arithmetic with the vector; what begins with a
  /// parenthesis is a duration as far as it goes.
  MutableDuration ParseOffsetDuration() {
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

  ExprPtr ParseRange(ExprPtr expr) {
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

  ExprPtr ParseSubquery(ExprPtr expr, Duration range, DurationExprPtr range_expr) {
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

  static TimeModifier* TimeOf(Expr& expr) {
    if (auto* selector = expr.As<VectorSelector>()) return &selector->time;
    if (auto* matrix = expr.As<MatrixSelector>()) return &matrix->selector.time;
    if (auto* subquery = expr.As<Subquery>()) return &subquery->time;
    return nullptr;
  }

  ExprPtr ParseOffset(ExprPtr expr) {
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

  ExprPtr ParseAt(ExprPtr expr) {
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

  // --- operands

  ExprPtr ParseOperand() {
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

  static bool IsAggregation(TokenKind next) {
    return next == TokenKind::kLeftParen || next == TokenKind::kBy || next == TokenKind::kWithout;
  }

  ExprPtr ParseParen() {
    size_t start = Take().span.start;
    ExprPtr inner = ParseBinary(0);
    if (inner == nullptr) return nullptr;
    if (!Accept(TokenKind::kRightParen)) return Unexpected("", "");
    return Make(Paren{std::move(inner)}, start, LastEnd());
  }

  bool ParseArgs(std::vector<ExprPtr>& args) {
    if (!Accept(TokenKind::kLeftParen)) return Unexpected("", "") != nullptr;
    if (Accept(TokenKind::kRightParen)) return true;
    for (;;) {
      ExprPtr arg = ParseBinary(0);
      if (arg == nullptr) return false;
      args.push_back(std::move(arg));
      if (Accept(TokenKind::kRightParen)) return true;
      Span comma = Peek().span;
      if (!Accept(TokenKind::kComma)) return Unexpected("", "") != nullptr;
      if (Peek().kind == TokenKind::kRightParen) {
        return FailAt(comma, "trailing commas not allowed in function call args") != nullptr;
      }
    }
  }

  ExprPtr ParseCall() {
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

  ExprPtr ParseAggregate() {
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

  bool ParseGrouping(Aggregate& aggregate) {
    aggregate.without = Take().kind == TokenKind::kWithout;
    return ParseLabelList(aggregate.grouping);
  }

  bool TakeAggregateArgs(Aggregate& aggregate, std::vector<ExprPtr>& args, Span span) {
    if (args.empty()) return FailAt(span, "no arguments for aggregate expression provided") != nullptr;
    if (IsExperimental(aggregate.op) && !options_.enable_experimental) {
      return FailAt(span, fmt::format("{}() is experimental and must be enabled with "
                                      "--enable-feature=promql-experimental-functions",
                                      AggregateOpName(aggregate.op))) != nullptr;
    }
    size_t wanted = TakesParameter(aggregate.op) ? 2 : 1;
    if (args.size() != wanted) {
      return FailAt(span,
                    fmt::format(
                        "wrong number of arguments for aggregate expression provided, expected {}, got {}",
                        wanted, args.size())) != nullptr;
    }
    if (wanted == 2) aggregate.param = std::move(args[0]);
    aggregate.expr = std::move(args.back());
    return true;
  }

  // --- selectors

  ExprPtr ParseSelector(std::string name) {
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

  bool ParseMatchers(model::Matchers& matchers) {
    while (!Accept(TokenKind::kRightBrace)) {
      if (!ParseMatcher(matchers)) return false;
      if (Accept(TokenKind::kComma)) continue;
      if (Peek().kind != TokenKind::kRightBrace) {
        return Unexpected("label matching", "\",\" or \"}\"") != nullptr;
      }
    }
    return true;
  }

  bool ParseMatcher(model::Matchers& matchers) {
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
    Result<model::Matcher> matcher =
        model::Matcher::Make(*op, std::move(label), ReadQuoted(Take().text).value);
    if (!matcher) {
      return FailAt(name.span, "error parsing regexp: " + matcher.error().message()) != nullptr;
    }
    matchers.push_back(std::move(*matcher));
    return true;
  }

  static std::optional<model::MatchOp> MatchOpOf(const Token& token) {
    if (token.kind == TokenKind::kEqual) return model::MatchOp::kEqual;
    if (token.kind == TokenKind::kEqualRegex) return model::MatchOp::kRegex;
    if (token.kind == TokenKind::kNotRegex) return model::MatchOp::kNotRegex;
    if (token.Is(BinaryOp::kNotEqual)) return model::MatchOp::kNotEqual;
    return std::nullopt;
  }

  std::string_view text_;
  ParseOptions options_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  std::optional<Error> error_;
  int nesting_ = 0;
  int operators_ = 0;
  int aggregations_open_ = 0;
};

}  // namespace

Result<model::Matchers> ParseSelector(std::string_view text) { return Parser(text, {}).RunSelector(); }

Result<ExprPtr> Parse(std::string_view text, ParseOptions options) { return Parser(text, options).Run(); }

}  // namespace tocsin::promql
