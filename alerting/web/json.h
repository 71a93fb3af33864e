// Pieces of Prometheus' API JSON, appended to a string: what answers of many thousand samples are made of.
// Everything else about JSON is nlohmann's.
#pragma once

#include <string>
#include <string_view>

#include "alerting/model/labels.h"
#include "alerting/model/query_engine.h"
#include "base/http/server.h"

namespace tocsin::web {

/// In quotes, escaped; invalid UTF-8 becomes U+FFFD, as Go's encoder does.
void AppendJsonString(std::string& out, std::string_view text);
/// Seconds, with as many decimals as the milliseconds need: 1700000000, 1700000000.25.
void AppendJsonTime(std::string& out, Timestamp t);
/// {"__name__":"up","job":"x"}
void AppendJsonLabels(std::string& out, const model::Labels& labels);
/// {"resultType":"vector","result":[…]}: the `data` of a query's answer.
void AppendJsonResult(std::string& out, const model::QueryResult& result);

/// A float as Prometheus prints a vector's or a matrix's: the shortest digits that read back the same,
/// without an exponent between 1e-6 and 1e21, and "NaN", "+Inf", "-Inf".
std::string FormatSampleValue(double value);
/// As it prints a scalar's: never with an exponent.
std::string FormatFixed(double value);
/// As it prints an alert's: always with one (1e+00).
std::string FormatExponent(double value);

/// {"status":"success","data":…} around what is JSON already.
http::Response Success(std::string_view data, const std::vector<std::string>& warnings = {},
                       const std::vector<std::string>& infos = {});
/// The same in two parts, so that a long answer is written where it stays: what goes before the JSON, and the
/// response of both with what goes behind.
std::string BeginSuccess();
http::Response EndSuccess(std::string body, const std::vector<std::string>& warnings,
                          const std::vector<std::string>& infos);
/// {"status":"error",…} with the HTTP status that Prometheus gives the same kind of failure.
http::Response Failure(int status, std::string_view error_type, std::string_view message);
/// 400 bad_data with Prometheus' words: invalid parameter "query": …
http::Response BadParameter(std::string_view name, std::string_view reason);

}  // namespace tocsin::web
