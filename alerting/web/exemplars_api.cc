#include "alerting/web/exemplars_api.h"

#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "alerting/web/json.h"
#include "alerting/web/parameters.h"

namespace tocsin::web {
namespace {

/// The matchers of every selector in the expression.
void CollectSelectors(const promql::Expr* expr, std::vector<model::Matchers>& out) {
  if (expr == nullptr) return;
  std::visit(
      [&out](const auto& node) {
        using Node = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<Node, promql::VectorSelector>) {
          out.push_back(node.matchers);
        } else if constexpr (std::is_same_v<Node, promql::MatrixSelector>) {
          out.push_back(node.selector.matchers);
        } else if constexpr (std::is_same_v<Node, promql::Call>) {
          for (const promql::ExprPtr& argument : node.args) CollectSelectors(argument.get(), out);
        } else if constexpr (std::is_same_v<Node, promql::Binary>) {
          CollectSelectors(node.lhs.get(), out);
          CollectSelectors(node.rhs.get(), out);
        } else if constexpr (std::is_same_v<Node, promql::Aggregate>) {
          CollectSelectors(node.expr.get(), out);
          CollectSelectors(node.param.get(), out);
        } else if constexpr (requires { node.expr; }) {
          CollectSelectors(node.expr.get(), out);
        }
      },
      expr->node);
}

void AppendExemplar(std::string& out, const model::Exemplar& exemplar) {
  out += "{\"labels\":";
  AppendJsonLabels(out, exemplar.labels);
  out += ",\"value\":";
  AppendJsonString(out, FormatSampleValue(exemplar.value));
  out += ",\"timestamp\":";
  AppendJsonTime(out, exemplar.timestamp);
  out += '}';
}

void AppendSeries(std::string& out, const model::SeriesExemplars& series) {
  out += "{\"seriesLabels\":";
  AppendJsonLabels(out, series.labels);
  out += ",\"exemplars\":[";
  for (const model::Exemplar& exemplar : series.exemplars) {
    if (out.back() != '[') out += ',';
    AppendExemplar(out, exemplar);
  }
  out += "]}";
}

http::Response Exemplars(const model::ExemplarSource& source, promql::ParseOptions options,
                         const http::Request& request) {
  ParameterReader in(request);
  const model::TimeRange range = in.Range();
  if (in.refusal()) return *in.refusal();
  if (range.end < range.start) {
    return Failure(400, "bad_data", "end timestamp must not be before start timestamp");
  }
  const Result<promql::ExprPtr> query = promql::Parse(in.Text("query"), options);
  if (!query) return Failure(400, "bad_data", query.error().ToString());
  std::vector<model::Matchers> selectors;
  CollectSelectors(query->get(), selectors);
  std::string data = "[";
  for (const model::SeriesExemplars& series : source.Exemplars(selectors, range)) {
    if (data.size() > 1) data += ',';
    AppendSeries(data, series);
  }
  data += ']';
  return Success(data);
}

}  // namespace

void AddExemplarsApi(http::Router& router, const model::ExemplarSource& source,
                     promql::ParseOptions options) {
  for (const char* method : {"GET", "POST"}) {
    router.Handle(method, "/api/v1/query_exemplars",
                  http::SyncHandler([&source, options](const http::Request& request) {
                    return Exemplars(source, options, request);
                  }));
  }
}

}  // namespace tocsin::web
