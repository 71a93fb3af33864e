#include <fmt/format.h>

#include "alerting/config/scrape_config.h"

namespace tocsin::config {
namespace {

Status ReadAction(const yaml::Node& node, collect::RelabelAction& out) {
  std::string text;
  if (Status status = yaml::Read(node, text); !status) return status;
  const Result<collect::RelabelAction> action = collect::ParseRelabelAction(text);
  if (!action) return Fail(action.error().At(node.position));
  out = *action;
  return {};
}

collect::RelabelRule ReadRule(const yaml::Node& node, const ReadContext& context) {
  const size_t faults = context.errors.size();
  collect::RelabelRule rule;
  yaml::MappingReader in(node, context.errors);
  in.Optional("source_labels", rule.source_labels);
  in.Optional("separator", rule.separator);
  in.Optional("regex", rule.regex);
  in.Optional("modulus", rule.modulus);
  in.Optional("target_label", rule.target_label);
  in.Optional("replacement", rule.replacement);
  const yaml::Node* action = in.Take("action");
  if (action != nullptr && action->kind != yaml::Kind::kNull) in.Check(ReadAction(*action, rule.action));
  in.Finish();
  for (const std::string& label : rule.source_labels) {
    if (!model::IsUtf8Name(label)) {
      in.Fail(*node.Find("source_labels"), fmt::format("{} is not a valid label name", model::Quote(label)));
    }
  }
  if (context.errors.size() > faults) return rule;
  const Result<collect::Relabeling> compiled = collect::Relabeling::Compile({rule});
  if (!compiled) context.errors.push_back(compiled.error().At(node.position));
  return rule;
}

}  // namespace

std::vector<collect::RelabelRule> ReadRelabelRules(const yaml::Node& node, const ReadContext& context) {
  std::vector<collect::RelabelRule> rules;
  if (node.kind == yaml::Kind::kNull) return rules;
  auto refuse = [&](const yaml::Node& at, const char* message) {
    context.errors.emplace_back(ErrorCode::kInvalidArgument, message, at.position);
  };
  if (node.kind != yaml::Kind::kSequence) {
    refuse(node, "expected a sequence of relabelling rules");
    return rules;
  }
  for (const yaml::Node& item : node.items) {
    if (item.kind == yaml::Kind::kNull) {
      refuse(item, "empty or null relabelling rule");
    } else {
      rules.push_back(ReadRule(item, context));
    }
  }
  return rules;
}

}  // namespace tocsin::config
