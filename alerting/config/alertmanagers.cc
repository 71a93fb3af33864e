#include "alerting/config/alertmanagers.h"

#include "alerting/config/scrape_config.h"

namespace tocsin::config {
namespace {

AlertmanagerSet ReadSet(const yaml::Node& node, const ReadContext& context) {
  AlertmanagerSet set;
  yaml::MappingReader in(node, context.errors);
  in.Optional("scheme", set.job.scheme);
  in.Optional("path_prefix", set.path_prefix);
  in.Optional("timeout", set.timeout);
  ExpectValue(in, "api_version", "v2", context);
  set.job.transport = ReadTransport(in, context);
  ReadDiscoveries(in, set.job, context);
  if (const yaml::Node* rules = in.Take("relabel_configs")) {
    set.job.relabel_rules = ReadRelabelRules(*rules, context);
  }
  if (const yaml::Node* rules = in.Take("alert_relabel_configs")) {
    set.alert_relabel_rules = ReadRelabelRules(*rules, context);
  }
  in.Unsupported("sigv4");
  in.Finish();
  return set;
}

}  // namespace

AlertingOptions ReadAlerting(const yaml::Node& node, const ReadContext& context) {
  AlertingOptions options;
  yaml::MappingReader in(node, context.errors);
  if (const yaml::Node* rules = in.Take("alert_relabel_configs")) {
    options.alert_relabel_rules = ReadRelabelRules(*rules, context);
  }
  if (const yaml::Node* sets = in.Take("alertmanagers"); yaml::IsSet(sets)) {
    if (sets->kind != yaml::Kind::kSequence) {
      in.Fail(*sets, "expected a sequence under \"alertmanagers\"");
    }
    for (const yaml::Node& item : sets->items) options.sets.push_back(ReadSet(item, context));
  }
  in.Finish();
  return options;
}

}  // namespace tocsin::config
