#include "alerting/web/openapi.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "alerting/model/matcher_syntax.h"

namespace tocsin::web {

http::Response Answer(const OrderedJson& json) {
  return http::Response::Json(200, json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n");
}

http::Response AnswerNothing(int status) {
  http::Response response;
  response.status = status;
  return response;
}

http::Response Answer(const Refusal& refusal) {
  const OrderedJson json{{"code", refusal.code}, {"message", refusal.message}};
  return http::Response::Json(refusal.status,
                              json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace));
}

http::Response AnswerText(int status, std::string_view message) {
  return http::Response::Json(
      status, OrderedJson(message).dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n");
}

tl::expected<nlohmann::json, Refusal> ReadBody(const http::Request& request, std::string_view name) {
  const std::string_view type = request.headers.Get("Content-Type");
  if (!type.starts_with("application/json")) {
    return tl::unexpected(Refusal{
        415, 415,
        fmt::format("unsupported media type {}, only [application/json] are allowed", model::Quote(type))});
  }
  if (request.body.empty())
    return tl::unexpected(Refusal{422, 602, fmt::format("{} in body is required", name)});
  auto json = nlohmann::json::parse(request.body, nullptr, false);
  if (json.is_discarded()) {
    return tl::unexpected(
        Refusal{400, 400, fmt::format("parsing {} body from \"\" failed, because it is not JSON", name)});
  }
  return json;
}

Refusal Required(std::string_view path) { return {422, 602, fmt::format("{} in body is required", path)}; }

std::string ApiTime(Timestamp t) {
  std::string text = FormatRfc3339(t);
  if (text.find('.') == std::string::npos) text.insert(text.size() - 1, ".000");
  return text;
}

tl::expected<Timestamp, Refusal> ReadTime(const nlohmann::json& value, std::string_view body_name) {
  const std::string* text = value.get_ptr<const std::string*>();
  if (text != nullptr && text->empty()) return Timestamp();
  if (text != nullptr) {
    if (auto time = ParseRfc3339(*text)) return *time;
  }
  return tl::unexpected(
      Refusal{400, 400,
              fmt::format("parsing {} body from \"\" failed, because parsing time {} as \"2006-01-02\": it "
                          "is no RFC 3339 time",
                          body_name, value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))});
}

OrderedJson ApiLabels(const model::Labels& labels) {
  OrderedJson object = OrderedJson::object();
  for (const model::LabelView label : labels) object[std::string(label.name)] = label.value;
  return object;
}

bool Flag(const http::Request& request, std::string_view name) {
  // As go-openapi's swag.ConvertBool.
  constexpr std::array<std::string_view, 10> kTrue{"true", "1", "yes",      "ok",      "y",
                                                   "on",   "t", "selected", "checked", "enabled"};
  auto text = request.query.Get(name);
  if (!text) return true;
  std::string lower(*text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return std::find(kTrue.begin(), kTrue.end(), lower) != kTrue.end();
}

Result<model::Matchers> ReadFilter(const http::Request& request) {
  model::Matchers all;
  for (std::string_view text : request.query.All("filter")) {
    if (text.starts_with('{') || text.ends_with('}')) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("unexpected open or close brace: {}", text));
    }
    auto matchers = model::ParseMatchers(text);
    if (!matchers) return Fail(matchers.error());
    if (matchers->size() != 1)
      return Fail(ErrorCode::kInvalidArgument, fmt::format("bad matcher format: {}", text));
    all.push_back(std::move(matchers->front()));
  }
  return all;
}

}  // namespace tocsin::web
