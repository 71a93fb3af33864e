// The evaluator's values. An expression is evaluated once for a whole grid of steps: each series is a column
// with one cell a step. An instant query is a grid of one step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "alerting/model/labels.h"
#include "alerting/model/sample.h"
#include "alerting/promql/eval/cells.h"
#include "alerting/promql/parse/ast.h"
#include "base/error.h"

namespace tocsin::promql {

/// Steps at start, start+step … up to end, in milliseconds. `step` is above 0.
struct Grid {
  int64_t start = 0;
  int64_t end = 0;
  int64_t step = 1;

  size_t size() const { return end < start ? 0 : static_cast<size_t>((end - start) / step) + 1; }
  int64_t at(size_t i) const { return start + static_cast<int64_t>(i) * step; }
};

/// A cell without a value. Its bits are the stale marker's, which is no value of a series either, and which
/// no arithmetic makes.
inline double Absent() { return model::StaleNan(); }
inline bool IsAbsent(double cell) { return model::IsStaleNan(cell); }

struct Column {
  model::Labels labels;
  Cells cells;  ///< one a step
  /// The metric name among the labels does not count any more. It is taken out only where the labels are
  /// needed: most are grouped by others, or belong to series that a filter drops.
  bool nameless = false;

  std::string_view name() const { return nameless ? std::string_view() : labels.metric_name(); }
};
using Columns = std::vector<Column>;

/// A scalar's value at each step; never absent.
using ScalarCells = std::vector<double>;

using Value = std::variant<Columns, ScalarCells, std::string>;

/// What a query says besides its result, each with where in its text. A message stands once, at the place
/// that said it last, as in Prometheus.
class Annotations {
 public:
  /// `text` is the expression as the user wrote it; it outlives this.
  explicit Annotations(std::string_view text) : text_(text) {}

  void Warn(std::string_view message, Span at) { Add(warnings_, "PromQL warning", message, at); }
  void Inform(std::string_view message, Span at) { Add(infos_, "PromQL info", message, at); }

  std::vector<std::string> warnings() const { return Texts(warnings_); }
  std::vector<std::string> infos() const { return Texts(infos_); }

 private:
  struct Note {
    std::string message;
    std::string place;
  };
  void Add(std::vector<Note>& notes, std::string_view kind, std::string_view message, Span at) const;
  static std::vector<std::string> Texts(const std::vector<Note>& notes);

  std::string_view text_;
  std::vector<Note> warnings_;
  std::vector<Note> infos_;
};

/// All labels in braces, the name among them: `{__name__="up", job="x"}`, as errors show a series.
std::string InBraces(const model::Labels& labels);

/// The labels that count.
model::Labels Settled(const Column& column);
/// Takes the names out of the labels of columns without one.
void SettleLabels(Columns& columns);

/// Marks all columns as nameless. Where that may make labels equal, the labels are settled: they can then be
/// compared. True when it may.
bool DropNames(Columns& columns);

/// Drops columns without a value.
void DropEmpty(Columns& columns);

/// kInvalidArgument "vector cannot contain metrics with the same labelset" when two columns have equal
/// labels. Labels are settled.
Status RejectDuplicates(const Columns& columns);

/// Joins columns with equal labels, whose values must stand at different steps; else the same error. Labels
/// are settled.
Status MergeDuplicates(Columns& columns);

}  // namespace tocsin::promql
