#include "alerting/promql/parse/type_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "alerting/promql/functions/function.h"
#include "alerting/promql/parse/parse_error.h"

namespace tocsin::promql {
namespace {

using model::ValueType;

class TypeCheck {
 public:
  explicit TypeCheck(std::string_view text) : text_(text) {}

  Status Check(Expr& expr) {
    return std::visit([&](auto& node) { return CheckNode(expr, node); }, expr.node);
  }

 private:
  tl::unexpected<Error> FailAt(Span span, std::string_view message) const {
    return Fail(ParseError(text_, span, message));
  }

  Status Expect(Expr& expr, ValueType type, const std::string& context) {
    if (Status status = Check(expr); !status) return status;
    if (TypeOf(expr) == type) return {};
    return FailAt(expr.span, fmt::format("expected type {} in {}, got {}", TypeName(type), context,
                                         TypeName(TypeOf(expr))));
  }

  Status CheckNode(Expr&, NumberLiteral&) { return {}; }
  Status CheckNode(Expr&, StringLiteral&) { return {}; }
  Status CheckNode(Expr&, Paren& paren) { return Check(*paren.expr); }
  Status CheckNode(Expr& expr, VectorSelector& selector) { return CheckSelector(expr.span, selector); }
  Status CheckNode(Expr&, MatrixSelector& matrix) {
    return CheckSelector(matrix.selector_span, matrix.selector);
  }

  Status CheckSelector(Span span, const VectorSelector& selector) const {
    const model::Matchers& matchers = selector.matchers;
    if (!selector.name.empty()) {
      auto twice = std::find_if(matchers.begin(), matchers.end() - 1,
                                [](const model::Matcher& m) { return m.name() == model::kMetricName; });
      if (twice == matchers.end() - 1) return {};
      return FailAt(span, fmt::format("metric name must not be set twice: {} or {}",
                                      model::Quote(selector.name), model::Quote(twice->value())));
    }
    bool rejects_nothing =
        std::all_of(matchers.begin(), matchers.end(), [](const model::Matcher& m) { return m.Matches(""); });
    if (!rejects_nothing) return {};
    return FailAt(span, "vector selector must contain at least one non-empty matcher");
  }

  Status CheckNode(Expr& expr, Subquery& subquery) {
    if (Status status = Check(*subquery.expr); !status) return status;
    ValueType type = TypeOf(*subquery.expr);
    if (type == ValueType::kVector) return {};
    return FailAt(expr.span,
                  fmt::format("subquery is only allowed on instant vector, got {} instead", ShortName(type)));
  }

  Status CheckNode(Expr& expr, Unary& unary) {
    if (Status status = Check(*unary.expr); !status) return status;
    ValueType type = TypeOf(*unary.expr);
    if (type == ValueType::kScalar || type == ValueType::kVector) return {};
    return FailAt(
        expr.span,
        fmt::format(
            "unary expression only allowed on expressions of type scalar or instant vector, got \"{}\"",
            TypeName(type)));
  }

  Status CheckNode(Expr&, Aggregate& aggregate) {
    if (Status status = Expect(*aggregate.expr, ValueType::kVector, "aggregation expression"); !status) {
      return status;
    }
    if (aggregate.param == nullptr) return {};
    bool text = aggregate.op == AggregateOp::kCountValues;
    return Expect(*aggregate.param, text ? ValueType::kString : ValueType::kScalar, "aggregation parameter");
  }

  Status CheckNode(Expr& expr, Call& call) {
    const Function& function = *call.function;
    size_t declared = function.args.size();
    size_t given = call.args.size();
    auto wrong = [&](std::string_view bound, size_t count) {
      return FailAt(expr.span, fmt::format("expected {}{} argument(s) in call to \"{}\", got {}", bound,
                                           count, function.name, given));
    };
    if (function.variadic == 0) {
      if (given != declared) return wrong("", declared);
    } else {
      if (given < declared - 1) return wrong("at least ", declared - 1);
      size_t most = declared - 1 + static_cast<size_t>(std::max(function.variadic, 0));
      if (function.variadic > 0 && given > most) return wrong("at most ", most);
    }
    for (size_t i = 0; i < given; ++i) {
      if (function.takes_label_selector && i == 1) continue;  // it may match everything
      ValueType type = function.args[std::min(i, declared - 1)];
      std::string context = fmt::format("call to function \"{}\"", function.name);
      if (Status status = Expect(*call.args[i], type, context); !status) return status;
    }
    return {};
  }

  Status CheckNode(Expr& expr, Binary& binary) {
    if (Status status = Check(*binary.lhs); !status) return status;
    if (Status status = Check(*binary.rhs); !status) return status;
    ValueType left = TypeOf(*binary.lhs);
    ValueType right = TypeOf(*binary.rhs);
    if (Status status = CheckModifiers(binary, left, right); !status) return status;
    for (const ExprPtr* side : {&binary.lhs, &binary.rhs}) {
      ValueType type = TypeOf(**side);
      if (type == ValueType::kScalar || type == ValueType::kVector) continue;
      return FailAt((*side)->span, "binary expression must contain only scalar and instant vector types");
    }
    bool set = IsSetOperator(binary.op);
    std::string_view name = BinaryOpName(binary.op);
    if (left == ValueType::kScalar || right == ValueType::kScalar) {
      if (!binary.matching.labels.empty()) {
        return FailAt(expr.span, "vector matching only allowed between instant vectors");
      }
      binary.matching = Matching{};
      if (!set) return {};
      return FailAt(expr.span,
                    fmt::format("set operator \"{}\" not allowed in binary scalar expression", name));
    }
    if (!set) return {};
    if (binary.matching.grouped()) {
      return FailAt(expr.span, fmt::format("no grouping allowed for \"{}\" operation", name));
    }
    binary.matching.card = Matching::Card::kManyToMany;
    return {};
  }

  Status CheckModifiers(const Binary& binary, ValueType left, ValueType right) const {
    if (binary.return_bool && !IsComparison(binary.op)) {
      return FailAt(binary.op_span, "bool modifier can only be used on comparison operators");
    }
    bool scalars = left == ValueType::kScalar && right == ValueType::kScalar;
    if (IsComparison(binary.op) && !binary.return_bool && scalars) {
      return FailAt(binary.op_span, "comparisons between scalars must use BOOL modifier");
    }
    if (!binary.matching.on) return {};
    for (const std::string& label : binary.matching.labels) {
      const auto& include = binary.matching.include;
      if (std::find(include.begin(), include.end(), label) == include.end()) continue;
      return FailAt(binary.op_span, fmt::format("label {} must not occur in ON and GROUP clause at once",
                                                model::Quote(label)));
    }
    return {};
  }

  static std::string_view ShortName(ValueType type) {
    constexpr std::string_view kNames[] = {"scalar", "vector", "matrix", "string"};
    return kNames[static_cast<size_t>(type)];
  }

  std::string_view text_;
};

}  // namespace

Status CheckTypes(std::string_view text, Expr& expr) { return TypeCheck(text).Check(expr); }

}  // namespace tocsin::promql
