#include "alerting/web/syntax_api.h"

#include <string>
#include <utility>
#include <vector>

#include "alerting/promql/functions/function.h"
#include "alerting/promql/parse/printer.h"
#include "alerting/web/json.h"
#include "alerting/web/json_tree.h"
#include "alerting/web/parameters.h"

namespace tocsin::web {
namespace {

Json TreeOf(const promql::Expr& expr);

std::string_view ShortName(model::ValueType type) {
  switch (type) {
    case model::ValueType::kScalar:
      return "scalar";
    case model::ValueType::kVector:
      return "vector";
    case model::ValueType::kMatrix:
      return "matrix";
    case model::ValueType::kString:
      return "string";
  }
  return "none";
}

std::string_view OpName(model::MatchOp op) {
  switch (op) {
    case model::MatchOp::kEqual:
      return "=";
    case model::MatchOp::kNotEqual:
      return "!=";
    case model::MatchOp::kRegex:
      return "=~";
    case model::MatchOp::kNotRegex:
      return "!~";
  }
  return "";
}

std::string_view CardName(promql::Matching::Card card) {
  constexpr std::string_view kNames[] = {"one-to-one", "many-to-one", "one-to-many", "many-to-many"};
  return kNames[static_cast<size_t>(card)];
}

Json Matchers(const model::Matchers& matchers) {
  Json list = Json::array();
  for (const model::Matcher& matcher : matchers) {
    list.push_back({{"name", matcher.name()}, {"value", matcher.value()}, {"type", OpName(matcher.op())}});
  }
  return list;
}

/// offset, timestamp and startOrEnd.
void AddTime(Json& node, const promql::TimeModifier& time) {
  using Anchor = promql::TimeModifier::Anchor;
  node["offset"] = time.offset.count();
  node["timestamp"] = time.anchor == Anchor::kTime ? Json(time.at.millis()) : Json();
  node["startOrEnd"] = time.anchor == Anchor::kStart ? Json("start")
                       : time.anchor == Anchor::kEnd ? Json("end")
                                                     : Json();
}

struct Translator {
  Json operator()(const promql::NumberLiteral& number) const {
    return {{"type", "numberLiteral"}, {"val", promql::PrintNumber(number.value)}};
  }
  Json operator()(const promql::StringLiteral& string) const {
    return {{"type", "stringLiteral"}, {"val", string.value}};
  }
  Json operator()(const promql::VectorSelector& selector) const {
    Json node = {
        {"type", "vectorSelector"}, {"name", selector.name}, {"matchers", Matchers(selector.matchers)}};
    AddTime(node, selector.time);
    return node;
  }
  Json operator()(const promql::MatrixSelector& matrix) const {
    Json node = (*this)(matrix.selector);
    node["type"] = "matrixSelector";
    node["range"] = matrix.range.count();
    return node;
  }
  Json operator()(const promql::Subquery& subquery) const {
    Json node = {{"type", "subquery"},
                 {"expr", TreeOf(*subquery.expr)},
                 {"range", subquery.range.count()},
                 {"step", subquery.step.value_or(Duration(0)).count()}};
    AddTime(node, subquery.time);
    return node;
  }
  Json operator()(const promql::Call& call) const {
    const promql::Function& function = *call.function;
    Json types = Json::array();
    for (model::ValueType type : function.args) types.push_back(ShortName(type));
    Json args = Json::array();
    for (const promql::ExprPtr& arg : call.args) args.push_back(TreeOf(*arg));
    return {{"type", "call"},
            {"func",
             {{"name", function.name},
              {"argTypes", std::move(types)},
              {"variadic", function.variadic},
              {"returnType", ShortName(function.result)}}},
            {"args", std::move(args)}};
  }
  Json operator()(const promql::Aggregate& aggregate) const {
    return {{"type", "aggregation"},
            {"op", promql::AggregateOpName(aggregate.op)},
            {"expr", TreeOf(*aggregate.expr)},
            {"param", aggregate.param == nullptr ? Json() : TreeOf(*aggregate.param)},
            {"grouping", aggregate.grouping},
            {"without", aggregate.without}};
  }
  Json operator()(const promql::Binary& binary) const {
    Json node = {{"type", "binaryExpr"},       {"op", promql::BinaryOpName(binary.op)},
                 {"lhs", TreeOf(*binary.lhs)}, {"rhs", TreeOf(*binary.rhs)},
                 {"matching", nullptr},        {"bool", binary.return_bool}};
    auto is_vector = [](const promql::Expr& side) { return TypeOf(side) == model::ValueType::kVector; };
    if (is_vector(*binary.lhs) && is_vector(*binary.rhs)) {
      node["matching"] = {{"card", CardName(binary.matching.card)},
                          {"labels", binary.matching.labels},
                          {"on", binary.matching.on},
                          {"include", binary.matching.include}};
    }
    return node;
  }
  Json operator()(const promql::Unary& unary) const {
    return {{"type", "unaryExpr"}, {"op", unary.negative ? "-" : "+"}, {"expr", TreeOf(*unary.expr)}};
  }
  Json operator()(const promql::Paren& paren) const {
    return {{"type", "parenExpr"}, {"expr", TreeOf(*paren.expr)}};
  }
};

Json TreeOf(const promql::Expr& expr) { return std::visit(Translator{}, expr.node); }

}  // namespace

void AddSyntaxApi(http::Router& router, promql::ParseOptions options) {
  auto with_tree = [options](auto render) {
    return http::SyncHandler([options, render](const http::Request& request) {
      const ParameterReader in(request);
      auto expr = promql::Parse(in.Text("query"), options);
      if (!expr) return BadParameter("query", expr.error().ToString());
      return Success(render(**expr));
    });
  };
  auto format = with_tree([](const promql::Expr& expr) { return Dump(promql::PrettyPrint(expr)); });
  auto parse = with_tree([](const promql::Expr& expr) { return Dump(TreeOf(expr)); });
  for (const char* method : {"GET", "POST"}) {
    router.Handle(method, "/api/v1/format_query", format);
    router.Handle(method, "/api/v1/parse_query", parse);
  }
}

}  // namespace tocsin::web
