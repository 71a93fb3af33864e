#include "alerting/promql/parse/printer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "alerting/promql/functions/function.h"

namespace tocsin::promql {
namespace {

std::string JoinLabels(const std::vector<std::string>& labels, bool quote) {
  std::string text;
  for (const std::string& label : labels) {
    if (!text.empty()) text += ", ";
    text += quote && !model::IsClassicMetricName(label) ? model::Quote(label) : label;
  }
  return text;
}

std::string PrintLiteral(const NumberLiteral& number) {
  if (!number.is_duration) return PrintNumber(number.value);
  return FormatDuration(Duration(std::llround(number.value * 1000)));
}

std::string PrintDuration(const DurationExpr& duration) {
  if (!duration.op) return PrintLiteral(duration.number);
  std::string text(BinaryOpName(*duration.op));
  if (duration.lhs != nullptr) text = fmt::format("{} {} ", PrintDuration(*duration.lhs), text);
  text += PrintDuration(*duration.rhs);
  return duration.wrapped ? "(" + text + ")" : text;
}

std::string PrintDuration(Duration literal, const DurationExprPtr& expr) {
  return expr == nullptr ? FormatDuration(literal) : PrintDuration(*expr);
}

std::string PrintTime(const TimeModifier& time) {
  std::string text;
  if (time.anchor == TimeModifier::Anchor::kStart) text = " @ start()";
  if (time.anchor == TimeModifier::Anchor::kEnd) text = " @ end()";
  if (time.anchor == TimeModifier::Anchor::kTime) {
    int64_t millis = time.at.millis();
    uint64_t size = millis < 0 ? 0 - static_cast<uint64_t>(millis) : static_cast<uint64_t>(millis);
    text = fmt::format(" @ {}{}.{:03}", millis < 0 ? "-" : "", size / 1000, size % 1000);
  }
  if (time.offset_expr != nullptr)
    text += " offset " + PrintDuration(*time.offset_expr);
  else if (time.offset.count() != 0)
    text += " offset " + FormatDuration(time.offset);
  return text;
}

std::string PrintSubquerySuffix(const Subquery& subquery) {
  return fmt::format("[{}:{}]{}", PrintDuration(subquery.range, subquery.range_expr),
                     subquery.step ? PrintDuration(*subquery.step, subquery.step_expr) : "",
                     PrintTime(subquery.time));
}

std::string MatchingText(const Matching& matching) {
  if (matching.labels.empty() && !matching.on && !matching.grouped()) return {};
  std::string text =
      fmt::format(" {} ({})", matching.on ? "on" : "ignoring", JoinLabels(matching.labels, true));
  if (matching.grouped()) {
    text += fmt::format(" group_{} ({})", matching.card == Matching::Card::kManyToOne ? "left" : "right",
                        JoinLabels(matching.include, true));
  }
  return text;
}

/// `> bool on (job) group_left ()`
std::string OperatorText(const Binary& binary) {
  return fmt::format("{}{}{}", BinaryOpName(binary.op), binary.return_bool ? " bool" : "",
                     MatchingText(binary.matching));
}

/// `sum by (job) `
std::string AggregateHead(const Aggregate& aggregate) {
  std::string text(AggregateOpName(aggregate.op));
  if (aggregate.without)
    text += fmt::format(" without ({}) ", JoinLabels(aggregate.grouping, true));
  else if (!aggregate.grouping.empty())
    text += fmt::format(" by ({}) ", JoinLabels(aggregate.grouping, true));
  return text;
}

struct Printer {
  std::string operator()(const NumberLiteral& number) const { return PrintLiteral(number); }
  std::string operator()(const StringLiteral& string) const { return model::Quote(string.value); }
  std::string operator()(const VectorSelector& selector) const {
    return Selector(selector) + PrintTime(selector.time);
  }
  std::string operator()(const MatrixSelector& matrix) const {
    return fmt::format("{}[{}]{}", Selector(matrix.selector), PrintDuration(matrix.range, matrix.range_expr),
                       PrintTime(matrix.selector.time));
  }
  std::string operator()(const Subquery& subquery) const {
    return Print(*subquery.expr) + PrintSubquerySuffix(subquery);
  }
  std::string operator()(const Call& call) const {
    std::string text = std::string(call.function->name) + "(";
    for (size_t i = 0; i < call.args.size(); ++i) text += (i == 0 ? "" : ", ") + Print(*call.args[i]);
    return text + ")";
  }
  std::string operator()(const Aggregate& aggregate) const {
    std::string text = AggregateHead(aggregate) + "(";
    if (aggregate.param != nullptr) text += Print(*aggregate.param) + ", ";
    return text + Print(*aggregate.expr) + ")";
  }
  std::string operator()(const Binary& binary) const {
    return fmt::format("{} {} {}", Print(*binary.lhs), OperatorText(binary), Print(*binary.rhs));
  }
  std::string operator()(const Unary& unary) const {
    return (unary.negative ? "-" : "+") + Print(*unary.expr);
  }
  std::string operator()(const Paren& paren) const { return "(" + Print(*paren.expr) + ")"; }

 private:
  static std::string Selector(const VectorSelector& selector) {
    std::vector<std::string> matchers;
    for (const model::Matcher& matcher : selector.matchers) {
      bool is_name = matcher.name() == model::kMetricName && matcher.op() == model::MatchOp::kEqual &&
                     !matcher.value().empty() && matcher.value() == selector.name;
      if (!is_name) matchers.push_back(matcher.ToString());
    }
    if (matchers.empty()) return selector.name;
    std::sort(matchers.begin(), matchers.end());
    return fmt::format("{}{{{}}}", selector.name, fmt::join(matchers, ","));
  }
};

/// What is longer than a line is broken after its opening parenthesis, its arguments, its operator.
class PrettyPrinter {
 public:
  explicit PrettyPrinter(size_t level) : level_(level) {}

  std::string Format(const Expr& expr) const {
    if (const auto* unary = expr.As<Unary>()) {
      std::string operand = Format(*unary->expr);
      return Indent() + (unary->negative ? "-" : "+") + operand.substr(operand.find_first_not_of(' '));
    }
    std::string line = Print(expr);
    if (line.size() <= kMaxLine) return expr.As<Subquery>() == nullptr ? Indent() + line : line;
    return std::visit([&](const auto& node) { return Split(node, line); }, expr.node);
  }

 private:
  static constexpr size_t kMaxLine = 100;

  std::string Indent() const { return std::string(2 * level_, ' '); }
  std::string Inner(const Expr& expr) const { return PrettyPrinter(level_ + 1).Format(expr); }

  template <typename Node>
  std::string Split(const Node&, const std::string& line) const {
    return Indent() + line;
  }
  std::string Split(const Subquery& subquery, const std::string&) const {
    return Format(*subquery.expr) + PrintSubquerySuffix(subquery);
  }
  std::string Split(const Call& call, const std::string&) const {
    std::vector<std::string> args;
    args.reserve(call.args.size());
    for (const ExprPtr& arg : call.args) args.push_back(Inner(*arg));
    return fmt::format("{0}{1}(\n{2}\n{0})", Indent(), call.function->name, fmt::join(args, ",\n"));
  }
  std::string Split(const Aggregate& aggregate, const std::string&) const {
    std::string param = aggregate.param == nullptr ? "" : Inner(*aggregate.param) + ",\n";
    return fmt::format("{0}{1}(\n{2}{3}\n{0})", Indent(), AggregateHead(aggregate), param,
                       Inner(*aggregate.expr));
  }
  std::string Split(const Binary& binary, const std::string&) const {
    return fmt::format("{}\n{}{}\n{}", Inner(*binary.lhs), Indent(), OperatorText(binary),
                       Inner(*binary.rhs));
  }
  std::string Split(const Paren& paren, const std::string&) const {
    return fmt::format("{0}(\n{1}\n{0})", Indent(), Inner(*paren.expr));
  }

  size_t level_;
};

}  // namespace

std::string PrintShort(double value) {
  double magnitude = std::fabs(value);
  bool exponent = std::isfinite(value) && magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e6);
  if (!exponent) return PrintNumber(value);
  std::array<char, 32> buffer;
  auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
  return {buffer.data(), end};
}

std::string PrintNumber(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  // The shortest digits come from the scientific form; to_chars' fixed form would print a large number
  // exactly
  // ("123456789012345683968"), where Go pads its shortest digits with zeros.
  std::array<char, 32> buffer;
  auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::fabs(value),
                                    std::chars_format::scientific);
  std::string_view text(buffer.data(), static_cast<size_t>(end - buffer.data()));
  size_t mark = text.find('e');
  int exponent = 0;
  const char* exponent_text = text.data() + mark + (text[mark + 1] == '+' ? 2 : 1);
  std::from_chars(exponent_text, end, exponent);
  std::string digits(text.substr(0, 1));
  if (mark > 2) digits += text.substr(2, mark - 2);
  std::string sign = std::signbit(value) ? "-" : "";
  if (exponent < 0) return sign + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  size_t point = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= point) return sign + digits + std::string(point - digits.size(), '0');
  return sign + digits.substr(0, point) + "." + digits.substr(point);
}

std::string Print(const Expr& expr) { return std::visit(Printer{}, expr.node); }

std::string PrettyPrint(const Expr& expr) { return PrettyPrinter(0).Format(expr); }

}  // namespace tocsin::promql
