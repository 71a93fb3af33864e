// The parser: one function a rule of the grammar. A parse function returns null (or false) once a fault is
// recorded; the first fault is the one reported, as in Prometheus, whose messages the contexts in these files
// reproduce.
//
// Precedence, loosest first: or; and, unless; comparisons; + -; * / % atan2; unary + -; ^ (to the right);
// then what follows an operand: [range], offset, @.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alerting/promql/parse/lexer.h"
#include "alerting/promql/parse/parser.h"

namespace tocsin::promql {

// Trees are walked recursively, so their height has to have a bound.
inline constexpr int kMaxNesting = 200;
inline constexpr int kMaxOperators = 1000;
inline constexpr double kMaxDurationSeconds = 9223372036;  // what 64 bits of nanoseconds hold
inline constexpr double kMaxTimestampSeconds = 4e15;       // sums of milliseconds stay within 64 bits

inline constexpr int kPowLevel = 6;

/// How tightly an operator binds; larger is tighter.
int LevelOf(BinaryOp op);
/// Of the keywords some may be metric names; all others may be label names only.
bool CanNameMetric(const Token& token);
bool CanNameLabel(const Token& token);

/// Of one text; used once. Operators are in parser.cc, what follows an operand in modifiers.cc, the rest in
/// operands.cc.
class Parser {
 public:
  Parser(std::string_view text, ParseOptions options)
      : text_(text), options_(options), tokens_(Tokenize(text)) {}
  Result<ExprPtr> Run();
  Result<model::Matchers> RunSelector();

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
  std::nullptr_t FailAt(Span span, std::string_view message);
  /// Without a context of its own, a fault inside an aggregation is one "in aggregation".
  std::nullptr_t Unexpected(std::string_view context, std::string_view expected);
  template <typename Node>
  static ExprPtr Make(Node node, size_t start, size_t end) {
    return std::make_unique<Expr>(Expr{std::move(node), {start, end}});
  }

  // --- operators

  ExprPtr ParseBinary(int min_level);
  ExprPtr ParseRightSide(ExprPtr lhs, BinaryOp op, int level);
  bool ParseMatching(Matching& matching);
  bool ParseLabelList(std::vector<std::string>& labels);
  ExprPtr ParseUnary();

  // --- what follows an operand

  ExprPtr ParseModified();
  /// Of @: seconds, with any signs in front: "-300", "+1.5", "5m".
  std::optional<double> ParseTimestamp();
  std::optional<double> ParseNumberOrDuration();

  // --- durations, which with the feature promql-duration-expr may be calculated

  using MutableDuration = std::shared_ptr<DurationExpr>;

  MutableDuration ParseDurationBinary(int min_level, std::string_view context, std::string_view expected);
  bool CheckDurationExpr(BinaryOp op, Span op_span, const DurationExpr& lhs, const DurationExpr& rhs);
  bool RequireDurationExpr(Span span);
  MutableDuration ParseDurationOperand(std::string_view context, std::string_view expected);
  MutableDuration ParseDurationLiteral(std::string_view context, std::string_view expected);
  MutableDuration Signed(bool negative, size_t start, MutableDuration operand);
  bool CheckDurationRange(const DurationExpr& literal);
  /// Of a range or a step: a literal goes to `duration`, else the expression is returned. Null with a fault.
  std::optional<DurationExprPtr> ParsePositiveDuration(std::string_view context, std::string_view expected,
                                                       Duration& duration);
  static Duration MillisOf(double seconds);
  /// A literal ends an offset at once, so that what follows is arithmetic with the vector; what begins with a
  /// parenthesis is a duration as far as it goes.
  MutableDuration ParseOffsetDuration();
  ExprPtr ParseRange(ExprPtr expr);
  ExprPtr ParseSubquery(ExprPtr expr, Duration range, DurationExprPtr range_expr);
  static TimeModifier* TimeOf(Expr& expr);
  ExprPtr ParseOffset(ExprPtr expr);
  ExprPtr ParseAt(ExprPtr expr);

  // --- operands

  ExprPtr ParseOperand();
  static bool IsAggregation(TokenKind next);
  static bool BeginsExpression(const Token& token);
  ExprPtr ParseParen();
  bool ParseArgs(std::vector<ExprPtr>& args);
  ExprPtr ParseCall();
  ExprPtr ParseAggregate();
  bool ParseGrouping(Aggregate& aggregate);
  bool TakeAggregateArgs(Aggregate& aggregate, std::vector<ExprPtr>& args, Span span);

  // --- selectors

  ExprPtr ParseSelector(std::string name);
  bool ParseMatchers(model::Matchers& matchers);
  bool ParseMatcher(model::Matchers& matchers);
  static std::optional<model::MatchOp> MatchOpOf(const Token& token);

  std::string_view text_;
  ParseOptions options_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  std::optional<Error> error_;
  int nesting_ = 0;
  int operators_ = 0;
  int aggregations_open_ = 0;
};

}  // namespace tocsin::promql
