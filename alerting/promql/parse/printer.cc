#include "alerting/promql/parse/printer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "alerting/promql/functions/function.h"

namespace tocsin::promql {
namespace {

std::string Join(const std::vector<std::string>& labels, bool quote) {
  std::string text;
  for (const std::string& label : labels) {
    if (!text.empty()) text += ", ";
    text += quote && !model::IsClassicLabelName(label) ? model::Quote(label) : label;
  }
  return text;
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
  if (time.offset.count() != 0) text += " offset " + FormatDuration(time.offset);
  return text;
}

struct Printer {
  std::string operator()(const NumberLiteral& number) const {
    if (!number.is_duration) return PrintNumber(number.value);
    return FormatDuration(Duration(std::llround(number.value * 1000)));
  }
  std::string operator()(const StringLiteral& string) const { return model::Quote(string.value); }
  std::string operator()(const VectorSelector& selector) const {
    return Selector(selector) + PrintTime(selector.time);
  }
  std::string operator()(const MatrixSelector& matrix) const {
    return fmt::format("{}[{}]{}", Selector(matrix.selector), FormatDuration(matrix.range),
                       PrintTime(matrix.selector.time));
  }
  std::string operator()(const Subquery& subquery) const {
    return fmt::format("{}[{}:{}]{}", Print(*subquery.expr), FormatDuration(subquery.range),
                       subquery.step ? FormatDuration(*subquery.step) : "", PrintTime(subquery.time));
  }
  std::string operator()(const Call& call) const {
    std::string text = std::string(call.function->name) + "(";
    for (size_t i = 0; i < call.args.size(); ++i) text += (i == 0 ? "" : ", ") + Print(*call.args[i]);
    return text + ")";
  }
  std::string operator()(const Aggregate& aggregate) const {
    std::string text(AggregateOpName(aggregate.op));
    if (aggregate.without)
      text += fmt::format(" without ({}) ", Join(aggregate.grouping, true));
    else if (!aggregate.grouping.empty())
      text += fmt::format(" by ({}) ", Join(aggregate.grouping, true));
    text += "(";
    if (aggregate.param != nullptr) text += Print(*aggregate.param) + ", ";
    return text + Print(*aggregate.expr) + ")";
  }
  std::string operator()(const Binary& binary) const {
    return fmt::format("{} {}{}{} {}", Print(*binary.lhs), BinaryOpName(binary.op),
                       binary.return_bool ? " bool" : "", MatchingText(binary.matching), Print(*binary.rhs));
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

  static std::string MatchingText(const Matching& matching) {
    if (matching.labels.empty() && !matching.on && !matching.grouped()) return {};
    std::string text = fmt::format(" {} ({})", matching.on ? "on" : "ignoring", Join(matching.labels, true));
    if (matching.grouped()) {
      text += fmt::format(" group_{} ({})", matching.card == Matching::Card::kManyToOne ? "left" : "right",
                          Join(matching.include, true));
    }
    return text;
  }
};

}  // namespace

std::string PrintNumber(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 400> buffer;  // the largest double has 309 digits, the smallest 324 zeros and 17 digits
  auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  return {buffer.data(), end};
}

std::string Print(const Expr& expr) { return std::visit(Printer{}, expr.node); }

}  // namespace tocsin::promql
