// Expressions to values: the embedded PromQL over a SeriesSource, or a remote Prometheus-compatible API.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "alerting/model/labels.h"
#include "alerting/model/sample.h"
#include "base/error.h"

namespace tocsin::model {

struct VectorElement {
  Labels labels;
  Timestamp timestamp;
  SampleValue value;
};
using Vector = std::vector<VectorElement>;

struct MatrixSeries {
  Labels labels;
  std::vector<FloatSample> samples;
};
using Matrix = std::vector<MatrixSeries>;

struct Scalar {
  Timestamp timestamp;
  double value = 0;
};
struct String {
  Timestamp timestamp;
  std::string value;
};

/// What a query cost.
struct QueryStats {
  uint64_t samples = 0;       ///< read, summed over the steps
  uint64_t peak_samples = 0;  ///< in memory at a time
};

struct QueryResult {
  std::variant<Vector, Matrix, Scalar, String> value;
  std::vector<std::string> warnings;  ///< Prometheus' wording ("PromQL warning: …")
  std::vector<std::string> infos;
  QueryStats stats;
};

/// What one question may settle for itself.
struct QueryOptions {
  std::optional<Duration> lookback;
  std::optional<Duration> timeout;  ///< counts where it is shorter than the engine's own
};

enum class ValueType { kScalar, kVector, kMatrix, kString };

/// What a round of instant queries at one time and another found, for the queries after them: equal selectors
/// and subexpressions are evaluated once. One thread.
class QueryRound {
 public:
  virtual ~QueryRound() = default;
  /// Forgets everything: a new round begins.
  virtual void Begin() = 0;
  /// Samples of these series were written since: what may match them is evaluated anew.
  virtual void Written(std::span<const Labels> series) = 0;
  /// Evaluations that were spared since the round was made.
  virtual uint64_t reused() const = 0;
};

/// An expression that was parsed and type-checked, ready to be asked again and again. Immutable; thread safe.
class PreparedQuery {
 public:
  virtual ~PreparedQuery() = default;

  /// The expression as the printer normalises it.
  virtual const std::string& text() const = 0;
  virtual ValueType type() const = 0;
  /// Its selectors, each once, as expressions: an instant or range vector of the samples that the expression
  /// looks at. Those within a subquery reach over its range. Empty from an engine that does not know.
  virtual std::vector<std::string> Selectors() const { return {}; }

  /// Blocks until there is an answer; on a pool whose threads may wait. kCanceled once `stop` is requested,
  /// kTimeout, kResourceExhausted (a query limit), kInvalidArgument (an execution error: duplicate series and
  /// the like), kUnavailable (a remote engine is away).
  virtual Result<QueryResult> Instant(Timestamp at, std::stop_token stop) const = 0;
  /// The same as one of a round of the engine that prepared this, which knows the query. Warnings of what was
  /// found before are not repeated.
  virtual Result<QueryResult> InstantIn(QueryRound& round, Timestamp at, std::stop_token stop) const {
    (void)round;
    return Instant(at, std::move(stop));
  }
  /// One value for each step in [start, end]; the result is a Matrix (a Scalar expression gives one
  /// unlabelled series).
  virtual Result<QueryResult> Range(Timestamp start, Timestamp end, Duration step,
                                    std::stop_token stop) const = 0;
};

/// Thread safe.
class QueryEngine {
 public:
  virtual ~QueryEngine() = default;
  /// kInvalidArgument with the position in the expression (line and column from 1) when it does not parse or
  /// type-check; kUnsupported for what this version can't evaluate.
  virtual Result<std::shared_ptr<const PreparedQuery>> Prepare(std::string_view expression) const = 0;
  /// Prepare() with options; kUnsupported from an engine that can't honour them.
  virtual Result<std::shared_ptr<const PreparedQuery>> PrepareWith(std::string_view expression,
                                                                   const QueryOptions& options) const {
    if (!options.lookback && !options.timeout) return Prepare(expression);
    return Fail(ErrorCode::kUnsupported, "this engine takes no lookback_delta and no timeout");
  }
  /// For queries that will be asked together, again and again; they must outlive the round. Null when there
  /// is nothing that they share, or the engine shares nothing.
  virtual std::unique_ptr<QueryRound> MakeRound(std::span<const PreparedQuery* const> queries) const {
    (void)queries;
    return nullptr;
  }
};

}  // namespace tocsin::model
