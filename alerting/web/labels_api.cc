#include "alerting/web/labels_api.h"

#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "alerting/promql/parse/literals.h"
#include "alerting/web/json.h"
#include "alerting/web/parameters.h"

namespace tocsin::web {
namespace {

void AppendItem(std::string& out, const std::string& text) { AppendJsonString(out, text); }
void AppendItem(std::string& out, const model::Labels& labels) { AppendJsonLabels(out, labels); }

/// `items` were asked for with one more than `limit`, to know whether there are more.
template <typename Item>
http::Response List(Result<std::vector<Item>> items, size_t limit) {
  if (!items) return Failure(422, "execution", items.error().message());
  std::vector<std::string> warnings;
  if (limit > 0 && items->size() > limit) {
    items->erase(items->begin() + static_cast<std::ptrdiff_t>(limit), items->end());
    warnings.emplace_back("results truncated due to limit");
  }
  std::string data = "[";
  for (const Item& item : *items) {
    if (data.size() > 1) data += ',';
    AppendItem(data, item);
  }
  data += ']';
  return Success(std::move(data), warnings);
}

size_t OneMore(size_t limit) { return limit == 0 ? 0 : limit + 1; }

http::Response Series(const model::LabelSource& source, const http::Request& request) {
  ParameterReader in(request);
  const size_t limit = in.Limit();
  if (in.refusal()) return *in.refusal();
  if (in.form().All("match[]").empty()) in.Refuse("no match[] parameter provided");
  const model::TimeRange range = in.Range();
  const std::vector<model::Matchers> selectors = in.Selectors("match[]");
  if (in.refusal()) return *in.refusal();
  if (range.end < range.start) return Success("[]");
  return List(source.SeriesLabels(selectors, range, OneMore(limit)), limit);
}

http::Response LabelNames(const model::LabelSource& source, const http::Request& request) {
  ParameterReader in(request);
  const size_t limit = in.Limit();
  const model::TimeRange range = in.Range();
  const std::vector<model::Matchers> selectors = in.Selectors();
  if (in.refusal()) return *in.refusal();
  if (range.end < range.start) return Success("[]");
  return List(source.LabelNames(selectors, range, OneMore(limit)), limit);
}

/// The name that a URL's segment stands for: "U__a_2e_b" is "a.b" (prometheus/common's UnescapeName).
std::string UnescapeName(std::string_view name) {
  constexpr std::string_view kPrefix = "U__";
  if (!name.starts_with(kPrefix)) return std::string(name);
  std::string out;
  for (size_t at = kPrefix.size(); at < name.size(); ++at) {
    if (name[at] != '_') {
      out += name[at];
      continue;
    }
    const size_t end = name.find('_', at + 1);
    if (end == std::string_view::npos) return std::string(name);
    if (end == at + 1) {
      out += '_';
    } else {
      uint32_t rune = 0;
      auto [stop, error] = std::from_chars(name.data() + at + 1, name.data() + end, rune, 16);
      if (error != std::errc{} || stop != name.data() + end) return std::string(name);
      promql::AppendUtf8(out, rune);
    }
    at = end;
  }
  return out;
}

http::Response LabelValues(const model::LabelSource& source, const http::Request& request) {
  const std::string name = UnescapeName(request.path_values.Get("name").value_or(""));
  if (!model::IsUtf8Name(name)) {
    return Failure(400, "bad_data", "invalid label name: " + model::Quote(name));
  }
  ParameterReader in(request);
  const size_t limit = in.Limit();
  const model::TimeRange range = in.Range();
  const std::vector<model::Matchers> selectors = in.Selectors();
  if (in.refusal()) return *in.refusal();
  if (range.end < range.start) return Success("[]");
  return List(source.LabelValues(name, selectors, range, OneMore(limit)), limit);
}

}  // namespace

void AddLabelsApi(http::Router& router, const model::LabelSource& source) {
  for (const char* method : {"GET", "POST"}) {
    router.Handle(method, "/api/v1/series",
                  http::SyncHandler([&](const http::Request& request) { return Series(source, request); }));
    router.Handle(method, "/api/v1/labels", http::SyncHandler([&](const http::Request& request) {
                    return LabelNames(source, request);
                  }));
  }
  router.Get("/api/v1/label/:name/values",
             [&](const http::Request& request) { return LabelValues(source, request); });
}

}  // namespace tocsin::web
