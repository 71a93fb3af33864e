#include "alerting/commands/sample_fetch.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerting/promql/parse/parser.h"
#include "alerting/promql/parse/printer.h"
#include "base/http/message.h"

namespace tocsin::app {
namespace {

using nlohmann::json;

/// How much one request asks for.
constexpr Duration kChunk{3'600'000};

/// A selector without its times, and the time that it looks at.
struct Need {
  std::string selector;
  Timestamp from;
  Timestamp to;
};

Result<Need> NeedOf(const std::string& text, const FetchOptions& options) {
  auto expr = promql::Parse(text, {true, true});
  if (!expr) return Fail(expr.error());
  const auto* matrix = (*expr)->As<promql::MatrixSelector>();
  const auto* vector = (*expr)->As<promql::VectorSelector>();
  promql::VectorSelector selector = matrix != nullptr ? matrix->selector : *vector;
  const Duration reach = matrix != nullptr ? matrix->range : options.lookback;
  const promql::TimeModifier time = std::exchange(selector.time, {});
  Need need{promql::Print(promql::Expr{std::move(selector), {}}), options.from, options.to};
  if (time.anchor == promql::TimeModifier::Anchor::kTime) need.from = need.to = time.at;
  // Also before the first evaluation: as long as a sample stands for its series.
  need.from = need.from - time.offset - reach - options.lookback;
  need.to = need.to - time.offset;
  return need;
}

/// A selector that several rules have, each with a reach of its own, is fetched once over all of it.
Result<std::map<std::string, Need>> NeedsOf(const std::vector<std::string>& selectors,
                                            const FetchOptions& options) {
  std::map<std::string, Need> needs;
  for (const std::string& text : selectors) {
    auto need = NeedOf(text, options);
    if (!need) return Fail(need.error().WithContext(text));
    const auto [known, is_new] = needs.try_emplace(need->selector, *need);
    if (is_new) continue;
    known->second.from = std::min(known->second.from, need->from);
    known->second.to = std::max(known->second.to, need->to);
  }
  return needs;
}

/// Samples of one series by time, whichever selectors found them.
using SampleMap = std::map<Timestamp, double>;

tl::unexpected<Error> TooManySamples(uint64_t most) {
  return Fail(ErrorCode::kResourceExhausted, fmt::format("more than {} samples (--max-samples)", most));
}

class SampleFetcher {
 public:
  SampleFetcher(Remote& remote, const FetchOptions& options) : remote_(remote), options_(options) {}

  Status Fetch(const Need& need) {
    for (Timestamp start = need.from; start < need.to; start = start + kChunk) {
      const Timestamp end = std::min(start + kChunk, need.to);
      const std::string query = fmt::format("{}[{}ms]", need.selector, (end - start).count());
      const auto answer = remote_.Get(
          fmt::format("/api/v1/query?query={}&time={:.3f}", http::UrlEncode(query), end.seconds()));
      if (!answer) return Fail(answer.error());
      try {
        for (const json& series : answer->at("data").at("result")) {
          if (Status taken = Take(series); !taken) return taken;
        }
      } catch (const json::exception&) {
        return Fail(ErrorCode::kInvalidArgument, "the answer is not one of a Prometheus-compatible API");
      }
    }
    return {};
  }

  Result<uint64_t> WriteTo(model::Appendable& store) {
    for (auto& [labels, samples] : series_) {
      const Duration usual = UsualInterval(samples);
      const auto appender = store.MakeAppender();
      model::SeriesRef ref = 0;
      const auto append = [&](Timestamp at, double value) {
        if (auto done = appender->Append(ref, labels, at, value)) ref = *done;
      };
      Timestamp last;
      for (const auto& [at, value] : samples) {
        const bool missed = ref != 0 && usual > Duration(0) && (at - last) * 2 > usual * 3;
        if (missed) append(last + usual, model::StaleNan());
        append(at, value);
        last = at;
      }
      if (usual > Duration(0) && (options_.to - last) * 2 > usual * 3)
        append(last + usual, model::StaleNan());
      if (Status done = appender->Commit(); !done) return Fail(done.error());
      samples.clear();
    }
    return count_;
  }

 private:
  Status Take(const json& series) {
    std::vector<model::Label> labels;
    for (const auto& [name, value] : series.at("metric").items())
      labels.push_back({name, value.get<std::string>()});
    const model::Labels set(labels);
    if (options_.skip.contains(std::string(set.metric_name())) || !series.contains("values")) return {};
    auto& samples = series_[set];
    for (const json& pair : series.at("values")) {
      const auto at = Timestamp::FromSeconds(pair.at(0).get<double>());
      samples.emplace(at, std::strtod(pair.at(1).get_ref<const std::string&>().c_str(), nullptr));
    }
    count_ += series.at("values").size();
    if (count_ <= options_.max_samples) return {};
    return TooManySamples(options_.max_samples);
  }

  /// The median distance of samples; 0 when there are too few to tell.
  static Duration UsualInterval(const std::map<Timestamp, double>& samples) {
    std::vector<Duration> distances;
    Timestamp last;
    for (const auto& [at, value] : samples) {
      if (at != samples.begin()->first) distances.push_back(at - last);
      last = at;
    }
    if (distances.size() < 3) return Duration(0);
    const auto middle = distances.begin() + static_cast<ptrdiff_t>(distances.size() / 2);
    std::nth_element(distances.begin(), middle, distances.end());
    return *middle;
  }

  Remote& remote_;
  const FetchOptions& options_;
  std::map<model::Labels, std::map<Timestamp, double>> series_;
  uint64_t count_ = 0;
};

}  // namespace

Result<uint64_t> FetchSamples(Remote& remote, const std::vector<std::string>& selectors,
                              const FetchOptions& options, model::Appendable& to) {
  const auto needs = NeedsOf(selectors, options);
  if (!needs) return Fail(needs.error());
  SampleFetcher fetcher(remote, options);
  for (const auto& [selector, need] : *needs) {
    if (Status fetched = fetcher.Fetch(need); !fetched) return Fail(fetched.error().WithContext(selector));
  }
  return fetcher.WriteTo(to);
}

Result<uint64_t> CopySamples(const model::SeriesSource& from, const std::vector<std::string>& selectors,
                             const FetchOptions& options, model::Appendable& to) {
  const auto needs = NeedsOf(selectors, options);
  if (!needs) return Fail(needs.error());
  std::map<model::Labels, SampleMap> series;
  uint64_t count = 0;
  for (const auto& [selector, need] : *needs) {
    const auto matchers = promql::ParseSelector(selector);
    if (!matchers) return Fail(matchers.error().WithContext(selector));
    const auto found = from.Select(*matchers, {need.from, need.to}, {});
    if (!found) return Fail(found.error().WithContext(selector));
    for (const model::Series& each : *found) {
      if (options.skip.contains(std::string(each.labels.metric_name()))) continue;
      SampleMap& samples = series[each.labels];
      for (size_t i = 0; i < each.timestamps.size(); ++i) {
        samples.emplace(Timestamp::FromMillis(each.timestamps[i]), each.values[i]);
      }
      count += each.timestamps.size();
      if (count > options.max_samples) return TooManySamples(options.max_samples);
    }
  }
  for (const auto& [labels, samples] : series) {
    const auto appender = to.MakeAppender();
    model::SeriesRef ref = 0;
    for (const auto& [at, value] : samples) {
      if (auto done = appender->Append(ref, labels, at, value)) ref = *done;
    }
    if (Status done = appender->Commit(); !done) return Fail(done.error());
  }
  return count;
}

}  // namespace tocsin::app
