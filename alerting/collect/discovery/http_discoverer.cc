#include "alerting/collect/discovery/http_discoverer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tocsin::collect {
namespace {

using Json = nlohmann::json;

tl::unexpected<Error> Broken(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

Status ReadAddresses(const Json& list, TargetGroup& group) {
  if (list.is_null()) return {};
  if (!list.is_array()) return Broken("\"targets\" is no list");
  for (const Json& address : list) {
    if (!address.is_string()) return Broken("a target is no string");
    group.targets.push_back({{"__address__", address.get<std::string>()}});
  }
  return {};
}

Status ReadLabels(const Json& labels, std::vector<model::Label>& out) {
  if (labels.is_null()) return {};
  if (!labels.is_object()) return Broken("\"labels\" is no object");
  for (const auto& [name, value] : labels.items()) {
    if (!model::IsUtf8Name(name))
      return Broken(fmt::format("{} is not a valid label name", model::Quote(name)));
    if (!value.is_string()) return Broken(fmt::format("the label {} is no string", model::Quote(name)));
    out.push_back({name, value.get<std::string>()});
  }
  return {};
}

Result<TargetGroup> ReadJsonGroup(const Json& json, const std::string& source, const std::string& url) {
  if (!json.is_object()) return Broken("a target group is no object");
  TargetGroup group;
  group.source = source;
  std::vector<model::Label> labels;
  for (const auto& [key, value] : json.items()) {
    Status read;
    if (key == "targets") {
      read = ReadAddresses(value, group);
    } else if (key == "labels") {
      read = ReadLabels(value, labels);
    } else {
      return Broken(fmt::format("unknown field {}", model::Quote(key)));
    }
    if (!read) return Fail(read.error());
  }
  labels.push_back({"__meta_url", url});
  group.labels = model::Labels(labels);
  return group;
}

/// "application/json", perhaps with the charset that JSON has anyway.
bool IsJsonType(std::string_view type) {
  std::string lower;
  for (char c : type) {
    if (c != ' ' && c != '"') lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  }
  return lower == "application/json" || lower == "application/json;charset=utf-8";
}

}  // namespace

Result<std::vector<TargetGroup>> ReadHttpTargets(std::string_view json, const std::string& url) {
  const Json document = Json::parse(json, nullptr, false);
  if (document.is_discarded()) return Broken("the answer is no JSON");
  std::vector<TargetGroup> groups;
  if (document.is_null()) return groups;
  if (!document.is_array()) return Broken("expected a list of target groups");
  size_t targets = 0;
  for (const Json& item : document) {
    Result<TargetGroup> group = ReadJsonGroup(item, fmt::format("{}:{}", url, groups.size()), url);
    if (!group) return Fail(group.error().WithContext(fmt::format("target group {}", groups.size())));
    targets += group->targets.size();
    if (targets > kMostDiscovered) {
      return Fail(ErrorCode::kResourceExhausted, fmt::format("more than {} targets", kMostDiscovered));
    }
    groups.push_back(std::move(*group));
  }
  return groups;
}

Result<std::vector<TargetGroup>> ReadHttpAnswer(const http::ClientResponse& answer, const std::string& url) {
  constexpr int kOkay = 200;
  if (answer.status != kOkay) {
    return Fail(ErrorCode::kUnavailable, fmt::format("server returned HTTP status {} {}", answer.status,
                                                     http::StatusText(answer.status)));
  }
  const std::string_view type = answer.headers.Get("Content-Type");
  if (!IsJsonType(type))
    return Broken(fmt::format("unsupported content type {}", model::Quote(type.substr(0, 60))));
  return ReadHttpTargets(answer.body, url);
}

HttpDiscoverer::HttpDiscoverer(HttpDiscoveryOptions options, http::Client& client,
                               std::shared_ptr<async::Strand> strand, const Logger& log)
    : PollingDiscoverer(std::move(strand), options.refresh_interval,
                        log.With({{"url", http::RedactUrl(options.url)}})),
      options_(std::move(options)),
      client_(client) {}

void HttpDiscoverer::Ask() {
  Result<http::ClientRequest> request = MakeRequest(options_.transport, options_.url, interval_);
  if (!request) return Answer(Fail(request.error()));
  request->max_response_bytes = kMostDiscoveryBytes;
  request->accept_gzip = true;
  request->headers.Add("Accept", "application/json");
  request->headers.Add("X-Prometheus-Refresh-Interval-Seconds",
                       fmt::format("{}", static_cast<double>(interval_.count()) / 1000));
  in_flight_ = client_.Send(
      std::move(*request), Later([this](Result<http::ClientResponse> answer) {
        in_flight_.reset();
        Answer(answer.and_then([this](const auto& got) { return ReadHttpAnswer(got, options_.url); }));
      }));
}

}  // namespace tocsin::collect
