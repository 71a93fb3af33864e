// Relabelling: rules that rewrite or drop the labels of targets (before a scrape) and of samples (after it),
// with the semantics of Prometheus 3.5's model/relabel.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "alerting/model/labels.h"
#include "base/error.h"

namespace tocsin::collect {

enum class RelabelAction {
  kReplace,
  kKeep,
  kDrop,
  kKeepEqual,
  kDropEqual,
  kHashMod,
  kLabelMap,
  kLabelDrop,
  kLabelKeep,
  kLowercase,
  kUppercase,
};

/// In any case, as the format allows. kInvalidArgument names what was written.
Result<RelabelAction> ParseRelabelAction(std::string_view text);
std::string_view RelabelActionName(RelabelAction action);

/// One rule as written; the defaults are the format's.
struct RelabelRule {
  std::vector<std::string> source_labels{};
  std::string separator = ";";
  std::string regex = "(.*)";
  uint64_t modulus = 0;
  std::string target_label{};
  std::string replacement = "$1";
  RelabelAction action = RelabelAction::kReplace;

  friend bool operator==(const RelabelRule&, const RelabelRule&) = default;
};

/// Rules compiled, applied in order. Immutable; thread safe; copies share what was compiled.
class Relabeling {
 public:
  Relabeling() = default;
  /// kInvalidArgument with Prometheus' reasons: fields that the action lacks or does not take, a bad
  /// expression.
  static Result<Relabeling> Compile(const std::vector<RelabelRule>& rules);

  bool empty() const { return steps_.empty(); }
  /// False when a rule drops the labels; they are then left half rewritten.
  bool Apply(model::LabelsBuilder& labels) const;

 private:
  class Step;
  std::vector<std::shared_ptr<const Step>> steps_;
};

}  // namespace tocsin::collect
