#include "alerting/remote/answer.h"

#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tocsin::remote {
namespace {

using nlohmann::json;

/// Thrown and caught within this file: what nlohmann's accessors do for other shapes, too.
struct BadShape {
  ErrorCode code;
  const char* why;
};

double ValueOf(const json& text) {
  const auto& digits = text.get_ref<const std::string&>();
  if (digits == "NaN") return model::NormalNan();
  std::string_view rest = digits;
  if (rest.starts_with('+')) rest.remove_prefix(1);
  double value = 0;
  const auto [end, fault] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (fault != std::errc{} || end != rest.data() + rest.size() || rest.empty()) {
    throw BadShape{ErrorCode::kUnavailable, "a value is no number"};
  }
  return value;
}

model::Labels MetricOf(const json& metric) {
  std::vector<model::Label> labels;
  for (const auto& [name, value] : metric.items()) labels.push_back({name, value.get<std::string>()});
  return model::Labels(labels);
}

model::FloatSample PointOf(const json& pair) {
  return {Timestamp::FromSeconds(pair.at(0).get<double>()), ValueOf(pair.at(1))};
}

model::Vector ReadVector(const json& result) {
  model::Vector vector;
  vector.reserve(result.size());
  for (const json& element : result) {
    if (element.contains("histogram"))
      throw BadShape{ErrorCode::kUnsupported, "native histograms can't be used"};
    const model::FloatSample sample = PointOf(element.at("value"));
    vector.push_back({MetricOf(element.at("metric")), sample.timestamp, sample.value});
  }
  return vector;
}

model::Matrix ReadMatrix(const json& result) {
  model::Matrix matrix;
  matrix.reserve(result.size());
  for (const json& element : result) {
    if (element.contains("histograms"))
      throw BadShape{ErrorCode::kUnsupported, "native histograms can't be used"};
    model::MatrixSeries series{MetricOf(element.at("metric")), {}};
    const json& values = element.at("values");
    series.samples.reserve(values.size());
    for (const json& pair : values) series.samples.push_back(PointOf(pair));
    matrix.push_back(std::move(series));
  }
  return matrix;
}

model::QueryResult ReadData(const json& answer) {
  const json& data = answer.at("data");
  const json& result = data.at("result");
  const auto type = data.at("resultType").get<std::string>();
  model::QueryResult out;
  if (type == "vector") {
    out.value = ReadVector(result);
  } else if (type == "matrix") {
    out.value = ReadMatrix(result);
  } else if (type == "scalar") {
    const model::FloatSample sample = PointOf(result);
    out.value = model::Scalar{sample.timestamp, sample.value};
  } else if (type == "string") {
    out.value =
        model::String{Timestamp::FromSeconds(result.at(0).get<double>()), result.at(1).get<std::string>()};
  } else {
    throw BadShape{ErrorCode::kUnavailable, "an unknown type of result"};
  }
  if (answer.contains("warnings")) out.warnings = answer["warnings"].get<std::vector<std::string>>();
  if (answer.contains("infos")) out.infos = answer["infos"].get<std::vector<std::string>>();
  return out;
}

ErrorCode CodeOf(const std::string& type, int status) {
  static const std::map<std::string, ErrorCode, std::less<>> codes = {
      {"bad_data", ErrorCode::kInvalidArgument}, {"execution", ErrorCode::kInvalidArgument},
      {"canceled", ErrorCode::kCanceled},        {"timeout", ErrorCode::kTimeout},
      {"unavailable", ErrorCode::kUnavailable},  {"internal", ErrorCode::kInternal},
      {"not_found", ErrorCode::kNotFound},
  };
  const auto found = codes.find(type);
  if (found != codes.end()) return found->second;
  return status / 100 == 4 ? ErrorCode::kInvalidArgument : ErrorCode::kUnavailable;
}

/// Of an answer that is no success.
Error ErrorOf(int status, const json& answer) {
  if (answer.is_object() && answer.contains("error") && answer["error"].is_string()) {
    const bool typed = answer.contains("errorType") && answer["errorType"].is_string();
    const auto type = typed ? answer["errorType"].get<std::string>() : std::string();
    return {CodeOf(type, status), answer["error"].get<std::string>()};
  }
  if (status == 401 || status == 403) {
    return {ErrorCode::kPermission, fmt::format("the datasource refused us with status {}", status)};
  }
  return {ErrorCode::kUnavailable,
          fmt::format("the datasource answered status {} with something that is no query API's", status)};
}

}  // namespace

Result<model::QueryResult> ReadAnswer(int status, std::string_view body) {
  const json answer = json::parse(body, nullptr, false);
  if (!answer.is_object() || answer.value("status", json()) != "success")
    return Fail(ErrorOf(status, answer));
  try {
    return ReadData(answer);
  } catch (const BadShape& bad) {
    return Fail(bad.code, fmt::format("the datasource's answer: {}", bad.why));
  } catch (const json::exception&) {
    return Fail(ErrorCode::kUnavailable, "the datasource's answer has not the shape of a query's");
  }
}

}  // namespace tocsin::remote
