// What all of API v2 has in common: how its generated server (go-openapi) checks requests and words answers.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "alerting/model/labels.h"
#include "alerting/model/matcher.h"
#include "base/http/server.h"

namespace tocsin::web {

using OrderedJson = nlohmann::ordered_json;  ///< what is answered
using PlainJson = nlohmann::json;            ///< what was sent

/// A refusal of the generated server: {"code":602,"message":"labels in body is required"}.
struct Refusal {
  int status = 400;
  int code = 400;
  std::string message;
};

http::Response Answer(const OrderedJson& json);  ///< 200
http::Response AnswerNothing(int status);        ///< no body
http::Response Answer(const Refusal& refusal);
/// A refusal of Alertmanager itself: a JSON string.
http::Response AnswerText(int status, std::string_view message);

/// The request's JSON body. `name` is what messages call it ("alerts").
tl::expected<nlohmann::json, Refusal> ReadBody(const http::Request& request, std::string_view name);
Refusal Required(std::string_view path);  ///< 602

/// As Go prints a strfmt.DateTime: always three decimals.
std::string ApiTime(Timestamp t);
/// RFC 3339; "" is 1970, as there.
tl::expected<Timestamp, Refusal> ReadTime(const nlohmann::json& value, std::string_view body_name);

OrderedJson ApiLabels(const model::Labels& labels);

/// A parameter that is on unless it says otherwise.
bool Flag(const http::Request& request, std::string_view name);
/// All parameters `filter`, one matcher each; the error is Alertmanager's answer.
Result<model::Matchers> ReadFilter(const http::Request& request);

}  // namespace tocsin::web
