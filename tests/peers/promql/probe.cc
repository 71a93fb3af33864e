// Answers questions about expressions, a JSON object a line, so that a script can compare our answers with a
// real Prometheus'. Operations: format, pretty, load (a series' samples), instant, range.
#include <iostream>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerting/promql/engine.h"
#include "alerting/promql/parse/parser.h"
#include "alerting/promql/parse/printer.h"
#include "alerting/store/memory_store.h"
#include "base/clock.h"

namespace {

using nlohmann::json;
using namespace tocsin;

json ToJson(const model::Labels& labels) {
  json object = json::object();
  for (const model::Label& label : labels) object[label.name] = label.value;
  return object;
}

std::string Exact(const model::SampleValue& value) { return fmt::format("{}", std::get<double>(value)); }

json ToJson(const model::QueryResult& result) {
  json series = json::array();
  if (const auto* vector = std::get_if<model::Vector>(&result.value)) {
    for (const auto& element : *vector) {
      series.push_back(
          {ToJson(element.labels), json::array({{element.timestamp.millis(), Exact(element.value)}})});
    }
  } else if (const auto* matrix = std::get_if<model::Matrix>(&result.value)) {
    for (const auto& one : *matrix) {
      json samples = json::array();
      for (const auto& sample : one.samples)
        samples.push_back({sample.timestamp.millis(), Exact(sample.value)});
      series.push_back({ToJson(one.labels), samples});
    }
  } else if (const auto* scalar = std::get_if<model::Scalar>(&result.value)) {
    series.push_back({json::object(), json::array({{scalar->timestamp.millis(), Exact(scalar->value)}})});
  } else {
    const auto& string = std::get<model::String>(result.value);
    series.push_back({json::object(), json::array({{string.timestamp.millis(), string.value}})});
  }
  return {{"result", series}, {"warnings", result.warnings}, {"infos", result.infos}};
}

json Load(store::MemoryStore& store, const json& request) {
  std::vector<model::Label> labels;
  for (const auto& [name, value] : request.at("labels").items()) labels.push_back({name, value});
  auto appender = store.MakeAppender();
  model::Labels series(std::move(labels));
  for (const auto& sample : request.at("samples")) {
    std::string text = sample.at(1);
    double value = text == "stale" ? model::StaleNan() : text == "NaN" ? model::NormalNan() : std::stod(text);
    auto added = appender->Append(0, series, Timestamp::FromMillis(sample.at(0)), value);
    if (!added) return {{"error", added.error().ToString()}};
  }
  (void)appender->Commit();
  return json::object();
}

json Pretty(const json& request) {
  bool features = request.at("features");
  auto expr = promql::Parse(request.at("expr").get<std::string>(), {features, features});
  if (!expr) return {{"error", expr.error().ToString()}};
  return {{"text", promql::PrettyPrint(**expr)}};
}

json Answer(store::MemoryStore& store, const promql::Engine& engine, const json& request) {
  if (request.at("op") == "load") return Load(store, request);
  if (request.at("op") == "pretty") return Pretty(request);
  auto query = engine.Prepare(request.at("expr").get<std::string>());
  if (!query) return {{"error", query.error().ToString()}};
  if (request.at("op") == "format") return {{"text", (*query)->text()}};
  auto time = [&](const char* name) { return Timestamp::FromMillis(request.at(name)); };
  auto result =
      request.at("op") == "instant"
          ? (*query)->Instant(time("time"), {})
          : (*query)->Range(time("start"), time("end"), Duration(request.at("step").get<int64_t>()), {});
  if (!result) return {{"error", result.error().ToString()}};
  return ToJson(*result);
}

}  // namespace

int main() {
  SystemClock clock;
  store::MemoryStore store;
  promql::EngineOptions options;
  options.enable_experimental = true;
  options.enable_duration_expr = true;
  promql::Engine engine(store, clock, options);
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << Answer(store, engine, json::parse(line)).dump(-1, ' ', false, json::error_handler_t::replace)
              << std::endl;
  }
  return 0;
}
