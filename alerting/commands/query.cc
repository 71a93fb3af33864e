#include "alerting/commands/query.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "alerting/commands/plot.h"
#include "alerting/commands/query_output.h"
#include "alerting/web/parameters.h"
#include "base/async/pool.h"
#include "base/flags/flags.h"
#include "base/http/client.h"

namespace tocsin::app {
namespace {

using nlohmann::json;

constexpr Duration kQueryTimeout{150'000};  // longer than a server lets a query run by default
constexpr Duration kDefaultSpan{3'600'000};

Result<Timestamp> TimeOr(const std::string& text, Timestamp fallback) {
  return text.empty() ? Result<Timestamp>(fallback) : web::ParseTime(text);
}

void AddField(std::string& form, std::string_view name, std::string_view value) {
  if (!form.empty()) form += '&';
  form.append(name).append("=").append(http::UrlEncode(value));
}

struct Form {
  std::string text;            ///< the body of the POST
  std::optional<double> step;  ///< of a range, in seconds
};

Result<Form> FormOf(const QueryCommand& command, Timestamp now, const Terminal& terminal) {
  Form made;
  std::string& form = made.text;
  AddField(form, "query", command.expression);
  if (!command.range) {
    AddField(form, "time", command.time.empty() ? fmt::format("{:.3f}", now.seconds()) : command.time);
    return made;
  }
  Result<Timestamp> end = TimeOr(command.end, now);
  if (!end) return Fail(end.error().WithContext("--end"));
  Result<Timestamp> start = TimeOr(command.start, *end - kDefaultSpan);
  if (!start) return Fail(start.error().WithContext("--start"));
  const double span = (*end - *start).count() > 0 ? (*end).seconds() - (*start).seconds() : 0;
  double step = std::max(1.0, span / (PlotPoints(terminal) - 1));
  if (!command.step.empty()) {
    const Result<Duration> given = web::ParseStep(command.step);
    if (!given) return Fail(given.error().WithContext("--step"));
    step = static_cast<double>(given->count()) / 1000;
  }
  AddField(form, "start", fmt::format("{:.3f}", start->seconds()));
  AddField(form, "end", fmt::format("{:.3f}", end->seconds()));
  AddField(form, "step", fmt::format("{:.3f}", step));
  made.step = step;
  return made;
}

Result<http::ClientResponse> Post(const QueryCommand& command, std::string form) {
  http::ClientRequest request;
  request.method = "POST";
  request.url = command.url;
  while (request.url.ends_with('/')) request.url.pop_back();
  request.url += command.range ? "/api/v1/query_range" : "/api/v1/query";
  request.headers.Set("Content-Type", "application/x-www-form-urlencoded");
  request.body = std::move(form);
  request.timeout = kQueryTimeout;
  request.accept_gzip = true;
  async::Pool pool(1);
  auto response = [&] {
    const auto client = http::MakeCurlClient(pool, "tocsin/" + std::string(flags::Version()));
    return client->SendAndWait(std::move(request));
  }();
  pool.Stop();
  return response;
}

int Refused(std::string_view message) {
  fmt::print(stderr, "tocsin query: {}\n", message);
  return 1;
}

}  // namespace

int Query(const QueryCommand& command) {
  const Terminal terminal = DetectTerminal();
  Result<Form> form = FormOf(command, SystemClock().Now(), terminal);
  if (!form) return Refused(form.error().ToString());
  auto response = Post(command, form->text);
  if (!response) return Refused(response.error().ToString());
  const json answer = json::parse(response->body, nullptr, false);
  if (!answer.is_object() || !answer.contains("status")) {
    return Refused(
        fmt::format("{} answered {} with something that is no query API's", command.url, response->status));
  }
  for (const char* notes : {"warnings", "infos"}) {
    if (!answer.contains(notes)) continue;
    for (const json& note : answer[notes]) fmt::print(stderr, "{}\n", note.get<std::string>());
  }
  if (answer["status"] != "success") return Refused(answer.value("error", "unknown error"));
  fmt::print("{}", FormatAnswer(answer["data"], form->step, terminal));
  return 0;
}

}  // namespace tocsin::app
