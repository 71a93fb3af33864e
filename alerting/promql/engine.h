// PromQL over any SeriesSource.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "alerting/model/query_engine.h"
#include "alerting/model/series_source.h"
#include "alerting/promql/eval/query_context.h"
#include "base/clock.h"
#include "base/time.h"

namespace tocsin::promql {

struct EngineOptions {
  QueryLimits limits = {};
  Duration timeout = std::chrono::minutes(2);
  bool enable_experimental = false;   ///< the feature promql-experimental-functions
  bool enable_duration_expr = false;  ///< the feature promql-duration-expr
};

/// Thread safe; evaluates on the caller's thread. `source` and `clock` outlive the engine and all that it
/// prepared. Nothing is cached: a prepared query is the checked tree.
///
/// Times are bounded to what milliseconds in 62 bits hold; a query beyond is kInvalidArgument.
class Engine final : public model::QueryEngine {
 public:
  Engine(const model::SeriesSource& source, const Clock& clock, EngineOptions options = {});

  Result<std::shared_ptr<const model::PreparedQuery>> Prepare(std::string_view expression) const override;
  Result<std::shared_ptr<const model::PreparedQuery>> PrepareWith(
      std::string_view expression, const model::QueryOptions& options) const override;
  std::unique_ptr<model::QueryRound> MakeRound(
      std::span<const model::PreparedQuery* const> queries) const override;

 private:
  const model::SeriesSource& source_;
  const Clock& clock_;
  EngineOptions options_;
};

}  // namespace tocsin::promql
