// What several queries have in common: equal selectors and subexpressions, found once for all of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <variant>
#include <vector>

#include "alerting/model/query_engine.h"
#include "alerting/promql/eval/columns.h"
#include "alerting/promql/eval/selection.h"
#include "alerting/promql/parse/ast.h"

namespace tocsin::promql {

/// The expressions must outlive it. One thread.
class Round final : public model::QueryRound {
 public:
  explicit Round(std::span<const Expr* const> expressions);

  void Begin() override;
  void Written(std::span<const model::Labels> series) override;
  uint64_t reused() const override { return reused_; }
  bool empty() const { return slots_.empty(); }

  /// What was found for an expression that stands in several places, or room for it.
  class Slot {
   public:
    /// A copy, or for the last place that needs it the value itself; null when it is not known at this grid.
    template <typename T>
    std::optional<T> Take(const Grid& grid, const QueryContext& query);
    template <typename T>
    void Keep(const T& value, const Grid& grid, const QueryContext& query);

   private:
    friend class Round;
    struct Time {
      int64_t start = 0, end = 0, step = 0, query_start = 0, query_end = 0;
      bool operator==(const Time&) const = default;
    };
    static Time TimeOf(const Grid& grid, const QueryContext& query) {
      return {grid.start, grid.end, grid.step, query.start, query.end};
    }

    size_t places_ = 0;     ///< in all expressions
    size_t remaining_ = 0;  ///< of this round
    std::vector<model::Matchers> selectors_;
    Time time_;
    std::variant<std::monostate, Value, RangeInput> found_;
  };

  /// Null for an expression that stands in one place only.
  Slot* Find(const Expr& expr);
  void CountReuse() { ++reused_; }

 private:
  std::unordered_map<const Expr*, size_t> places_;
  std::vector<Slot> slots_;
  uint64_t reused_ = 0;
};

template <typename T>
std::optional<T> Round::Slot::Take(const Grid& grid, const QueryContext& query) {
  if (remaining_ > 0) --remaining_;
  auto* known = std::get_if<T>(&found_);
  if (known == nullptr || time_ != TimeOf(grid, query)) return std::nullopt;
  if (remaining_ > 0) return *known;
  std::optional<T> last = std::move(*known);
  found_ = std::monostate();
  return last;
}

template <typename T>
void Round::Slot::Keep(const T& value, const Grid& grid, const QueryContext& query) {
  if (remaining_ == 0) return;
  time_ = TimeOf(grid, query);
  found_ = value;
}

}  // namespace tocsin::promql
