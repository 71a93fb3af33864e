// What a rule may say: the checks of relabel.Config.Validate in Prometheus 3.5, in its order.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "alerting/collect/scrape/relabel_step.h"

namespace tocsin::collect {
namespace {

struct Named {
  std::string_view name;
  RelabelAction action;
};
constexpr std::array<Named, 11> kActions = {{{"replace", RelabelAction::kReplace},
                                             {"keep", RelabelAction::kKeep},
                                             {"drop", RelabelAction::kDrop},
                                             {"keepequal", RelabelAction::kKeepEqual},
                                             {"dropequal", RelabelAction::kDropEqual},
                                             {"hashmod", RelabelAction::kHashMod},
                                             {"labelmap", RelabelAction::kLabelMap},
                                             {"labeldrop", RelabelAction::kLabelDrop},
                                             {"labelkeep", RelabelAction::kLabelKeep},
                                             {"lowercase", RelabelAction::kLowercase},
                                             {"uppercase", RelabelAction::kUppercase}}};

bool IsOneOf(RelabelAction action, std::initializer_list<RelabelAction> choices) {
  return std::find(choices.begin(), choices.end(), action) != choices.end();
}

}  // namespace

Result<RelabelAction> ParseRelabelAction(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  for (const Named& named : kActions) {
    if (named.name == lower) return named.action;
  }
  return Fail(ErrorCode::kInvalidArgument, fmt::format("unknown relabel action {}", model::Quote(text)));
}

std::string_view RelabelActionName(RelabelAction action) {
  for (const Named& named : kActions) {
    if (named.action == action) return named.name;
  }
  return "";
}

Status CheckRelabelRule(const RelabelRule& rule) {
  using enum RelabelAction;
  const RelabelRule defaults;
  const std::string_view action = RelabelActionName(rule.action);
  auto refuse = [](std::string message) { return Fail(ErrorCode::kInvalidArgument, std::move(message)); };

  if (rule.action == kHashMod && rule.modulus == 0) {
    return refuse("relabel configuration for hashmod requires non-zero modulus");
  }
  const bool takes_target =
      IsOneOf(rule.action, {kReplace, kHashMod, kLowercase, kUppercase, kKeepEqual, kDropEqual});
  if (takes_target && rule.target_label.empty()) {
    return refuse(fmt::format("relabel configuration for {} action requires 'target_label' value", action));
  }
  if (takes_target && !model::IsUtf8Name(rule.target_label)) {
    return refuse(
        fmt::format("{} is invalid 'target_label' for {} action", model::Quote(rule.target_label), action));
  }
  if (IsOneOf(rule.action, {kLowercase, kUppercase, kKeepEqual, kDropEqual}) &&
      rule.replacement != defaults.replacement) {
    return refuse(fmt::format("'replacement' can not be set for {} action", action));
  }
  if (rule.action == kLabelMap && !model::IsUtf8Name(rule.replacement)) {
    return refuse(
        fmt::format("{} is invalid 'replacement' for {} action", model::Quote(rule.replacement), action));
  }
  const bool plain_rest = rule.modulus == defaults.modulus && rule.separator == defaults.separator &&
                          rule.replacement == defaults.replacement;
  if (IsOneOf(rule.action, {kKeepEqual, kDropEqual}) && !(plain_rest && rule.regex == defaults.regex)) {
    return refuse(fmt::format(
        "{} action requires only 'source_labels' and 'target_label', and no other fields", action));
  }
  if (IsOneOf(rule.action, {kLabelDrop, kLabelKeep}) &&
      !(plain_rest && rule.source_labels.empty() && rule.target_label.empty())) {
    return refuse(fmt::format("{} action requires only 'regex', and no other fields", action));
  }
  return {};
}

}  // namespace tocsin::collect
