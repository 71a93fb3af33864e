#include "exporter/evidence/page.h"

#include <charconv>

#include <nlohmann/json.hpp>

namespace tocsin::evidence {

namespace {

using Json = nlohmann::ordered_json;

/// Log lines may hold bytes that are no UTF-8: they become U+FFFD.
std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

http::Response Refuse(const std::string& why) { return http::Response::Json(400, Dump({{"error", why}})); }

Json ToJson(const Entry& entry) {
  Json classes = Json::array();
  for (size_t i = 0; i < kClassCount; ++i) {
    const auto which = static_cast<Class>(i);
    if (entry.classes.Has(which)) classes.push_back(std::string(ClassName(which)));
  }
  Json fields = Json::object();
  for (const auto& [name, value] : entry.fields) fields[name] = value;
  return {{"time", FormatRfc3339(entry.at)},
          {"classes", std::move(classes)},
          {"pool", entry.pool},
          {"fields", std::move(fields)},
          {"line", entry.line},
          {"cut", entry.was_cut}};
}

/// A parameter that is there and not empty.
std::optional<std::string_view> Parameter(const http::Request& request, std::string_view name) {
  const std::optional<std::string_view> value = request.query.Get(name);
  return value && !value->empty() ? value : std::nullopt;
}

}  // namespace

http::Response Answer(const Ring& ring, const http::Request& request) {
  std::optional<Class> which;
  if (const auto name = Parameter(request, "class")) {
    which = ClassByName(*name);
    if (!which) return Refuse("class is error, retry, failover or slow, not " + std::string(*name));
  }
  size_t limit = kDefaultLimit;
  if (const auto text = Parameter(request, "limit")) {
    const auto parsed = std::from_chars(text->data(), text->data() + text->size(), limit);
    if (parsed.ec != std::errc{} || parsed.ptr != text->data() + text->size() || limit == 0 ||
        limit > kMaxLimit)
      return Refuse("limit is a number from 1 to " + std::to_string(kMaxLimit) + ", not " +
                    std::string(*text));
  }
  Json lines = Json::array();
  for (const Entry* entry : ring.Find(Parameter(request, "pool"), which, limit))
    lines.push_back(ToJson(*entry));
  return http::Response::Json(200, Dump({{"lines", std::move(lines)}}));
}

}  // namespace tocsin::evidence
