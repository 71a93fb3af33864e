// The one table of PromQL's functions: names and types for the type check, kernels for the evaluator, a line
// of documentation for the help.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "alerting/model/query_engine.h"
#include "alerting/promql/eval/columns.h"
#include "alerting/promql/parse/ast.h"
#include "base/error.h"

namespace tocsin::promql {

/// How far a rate reaches beyond its samples, by the times of a window alone.
struct Reaching {
  double to_start = 0;  ///< seconds to be added before and behind
  double to_end = 0;
  double covered_seconds = 0;
  double factor = 0;  ///< of the difference, where zero does not come between
};

/// The samples of one series in one step's range (start, end], oldest first, without stale markers.
struct Window {
  std::span<const int64_t> times;
  std::span<const double> values;
  int64_t start = 0;
  int64_t end = 0;
  int64_t at = 0;  ///< the step; differs from `end` by offset and @
};

/// The windows of one series at several steps in a row.
struct Windows {
  /// Where a window's samples begin and end among the series'; the same where it has none.
  struct Bounds {
    size_t from = 0;
    size_t to = 0;
    size_t size() const { return to - from; }
  };
  std::span<const int64_t> times;  ///< of all the series' samples, as a window has them
  std::span<const double> values;
  std::span<const Bounds> bounds;  ///< one a step
  int64_t end = 0;                 ///< of the first window; the others end `advance` after each other
  int64_t advance = 0;
  int64_t range = 0;
  /// Of a kernel that wants counters: which samples are less than the one before.
  std::span<const size_t> resets;
  /// Of a kernel that wants sums, where they are exact: each sum of the samples before one, and of all. Else
  /// empty.
  std::span<const double> sums;
  /// One a step, for a kernel that needs them. Targets are scraped at even distances, and many series at the
  /// same times: those that the kernel has written there hold `again` where times and bounds are the same.
  std::span<Reaching> reachings;
  bool again = false;
};

/// One cell of an instant vector to one cell; `params` are the scalar arguments at that step. The metric name
/// goes. An optional vector argument that is missing stands for the step's time.
struct CellKernel {
  double (*run)(double cell, std::span<const double> params);
};

/// One window to one cell, Absent() when it has none.
struct WindowKernel {
  double (*run)(const Window& window, std::span<const double> params) = nullptr;
  bool keeps_name = false;
  /// Null, or what is wrong with the parameters ("" when nothing).
  std::string (*fault)(std::span<const double> params) = nullptr;
  bool wants_counter = false;   ///< gets the resets; a metric whose name is not a counter's is noted
  bool wants_quantile = false;  ///< the first parameter has to be in [0, 1], else it is noted
  bool wants_sums = false;      ///< gets the sums
  /// Instead of `run`: many windows to a cell each, without parameters.
  void (*run_all)(const Windows& windows, double* cells) = nullptr;
};

/// What a kernel of whole columns may look at besides its arguments.
struct CallContext {
  const Call& call;
  const std::vector<Span>& places;  ///< where annotations say that each argument is
  const Grid& grid;
  Annotations& notes;
};

/// All columns at once. A range vector argument arrives as the count of samples in each window.
struct ColumnsKernel {
  Result<Value> (*run)(const CallContext& context, std::vector<Value>& args);
};

/// info(): the evaluator selects the info metrics itself.
struct InfoKernel {};

/// timestamp(): of a plain selector the samples' own times, else the step's.
struct SampleTimeKernel {};

using Kernel = std::variant<CellKernel, WindowKernel, ColumnsKernel, SampleTimeKernel, InfoKernel>;

struct Function {
  std::string_view name;
  std::vector<model::ValueType> args;
  /// How many more arguments the last type may have: 0 none (the count is exact); else it is optional, and
  /// may stand up to `variadic` times; -1 any number of times.
  int variadic = 0;
  model::ValueType result = model::ValueType::kVector;
  bool experimental = false;
  Kernel kernel;
  std::string_view doc;
  bool takes_label_selector = false;  ///< the second argument is matchers in braces, not a vector
};

/// Null when there is none of that name. What it returns lives forever.
const Function* FindFunction(std::string_view name);

/// All of them, by name.
const std::vector<Function>& AllFunctions();

}  // namespace tocsin::promql
