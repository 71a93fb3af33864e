// Receivers that wake people and programs: PagerDuty, OpsGenie, Pushover, webhooks.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "alerting/config/receiver_readers.h"

namespace tocsin::config {
namespace {

using yaml::Kind;
using yaml::MappingReader;
using yaml::Node;

Node TemplateNode(const char* text) {
  Node node;
  node.kind = Kind::kString;
  node.text = text;
  return node;
}

void ReadDetails(MappingReader& in, notify::PagerDutyOptions& pagerduty) {
  pagerduty.details = {{"firing", TemplateNode("{{ .Alerts.Firing | toJson }}")},
                       {"resolved", TemplateNode("{{ .Alerts.Resolved | toJson }}")},
                       {"num_firing", TemplateNode("{{ .Alerts.Firing | len }}")},
                       {"num_resolved", TemplateNode("{{ .Alerts.Resolved | len }}")}};
  const Node* details = in.Take("details");
  if (!yaml::IsSet(details)) return;
  if (details->kind != Kind::kMapping) return in.Fail(*details, "expected a mapping");
  for (const Node::Entry& entry : details->entries) pagerduty.details[entry.key] = entry.value;
}

notify::OpsGenieResponder ReadResponder(const Node& node, Errors& errors) {
  constexpr std::array<std::string_view, 5> kTypes{"team", "teams", "user", "escalation", "schedule"};
  notify::OpsGenieResponder responder;
  MappingReader in(node, errors);
  in.Optional("id", responder.id);
  in.Optional("name", responder.name);
  in.Optional("username", responder.username);
  in.Optional("type", responder.type);
  in.Finish();
  if ((responder.id + responder.name + responder.username).empty()) {
    in.Fail(node, "opsGenieConfig responder has to have at least one of id, username or name specified");
  }
  if (responder.type.find("{{") != std::string::npos) {
    if (responder.type.find("}}") == std::string::npos)
      in.Fail(node, "opsGenieConfig responder type contains invalid template syntax: unclosed action");
    return responder;
  }
  std::transform(responder.type.begin(), responder.type.end(), responder.type.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::find(kTypes.begin(), kTypes.end(), responder.type) == kTypes.end()) {
    in.Fail(node, fmt::format("opsGenieConfig responder type \"{}\" does not match valid options {}",
                              responder.type, fmt::join(kTypes, ", ")));
  }
  return responder;
}

}  // namespace

notify::WebhookOptions ReadWebhook(const Node& node, const ReceiverContext& context) {
  notify::WebhookOptions webhook;
  MappingReader in(node, context.errors);
  ReadHttpReceiver(in, context, webhook);
  webhook.url = ReadSecretUrl(in, "url", "url_file", context.file);
  in.Optional("max_alerts", webhook.max_alerts);
  ReadGoDuration(in, "timeout", webhook.timeout);
  if (webhook.timeout <= Duration(0)) webhook.timeout = notify::WebhookOptions().timeout;
  if (const Node* payload = in.Take("payload"); yaml::IsSet(payload)) webhook.payload = *payload;
  in.Finish();
  if (webhook.url.empty()) in.Fail(node, "one of url or url_file must be configured");
  return webhook;
}

notify::PagerDutyOptions ReadPagerDuty(const Node& node, const ReceiverContext& context) {
  notify::PagerDutyOptions pagerduty;
  MappingReader in(node, context.errors);
  ReadHttpReceiver(in, context, pagerduty);
  pagerduty.routing_key = ReadSecret(in, "routing_key", "routing_key_file", context.file);
  pagerduty.service_key = ReadSecret(in, "service_key", "service_key_file", context.file);
  if (pagerduty.routing_key.empty() && pagerduty.service_key.empty())
    in.Fail(node, "missing service or routing key in PagerDuty config");
  if (!context.defaults.pagerduty_url.empty()) pagerduty.url = context.defaults.pagerduty_url;
  ReadUrl(in, "url", pagerduty.url);
  ReadGoDuration(in, "timeout", pagerduty.timeout);
  if (pagerduty.timeout <= Duration(0)) pagerduty.timeout = notify::PagerDutyOptions().timeout;
  in.Optional("client", pagerduty.client);
  in.Optional("client_url", pagerduty.client_url);
  in.Optional("description", pagerduty.description);
  in.Optional("source", pagerduty.source);
  if (in.Optional("severity", pagerduty.severity) && pagerduty.severity.empty()) pagerduty.severity = "error";
  in.Optional("class", pagerduty.class_name);
  in.Optional("component", pagerduty.component);
  in.Optional("group", pagerduty.group);
  ReadDetails(in, pagerduty);
  EachItem(in, "images", [&](const Node& entry) {
    notify::PagerDutyImage image;
    MappingReader fields(entry, context.errors);
    fields.Optional("src", image.src);
    fields.Optional("alt", image.alt);
    fields.Optional("href", image.href);
    fields.Finish();
    pagerduty.images.push_back(std::move(image));
  });
  EachItem(in, "links", [&](const Node& entry) {
    notify::PagerDutyLink link;
    MappingReader fields(entry, context.errors);
    fields.Optional("href", link.href);
    fields.Optional("text", link.text);
    fields.Finish();
    pagerduty.links.push_back(std::move(link));
  });
  in.Finish();
  return pagerduty;
}

notify::OpsGenieOptions ReadOpsGenie(const Node& node, const ReceiverContext& context) {
  notify::OpsGenieOptions opsgenie;
  MappingReader in(node, context.errors);
  ReadHttpReceiver(in, context, opsgenie);
  opsgenie.api_key = ReadSecret(in, "api_key", "api_key_file", context.file);
  if (opsgenie.api_key.empty()) opsgenie.api_key = context.defaults.opsgenie_api_key;
  if (opsgenie.api_key.empty()) in.Fail(node, "no global OpsGenie API Key set either inline or in a file");
  if (!context.defaults.opsgenie_api_url.empty()) opsgenie.api_url = context.defaults.opsgenie_api_url;
  ReadUrl(in, "api_url", opsgenie.api_url);
  if (!opsgenie.api_url.ends_with('/')) opsgenie.api_url += '/';
  in.Optional("message", opsgenie.message);
  in.Optional("description", opsgenie.description);
  in.Optional("source", opsgenie.source);
  in.Optional("details", opsgenie.details);
  in.Optional("entity", opsgenie.entity);
  in.Optional("actions", opsgenie.actions);
  in.Optional("tags", opsgenie.tags);
  in.Optional("note", opsgenie.note);
  in.Optional("priority", opsgenie.priority);
  in.Optional("update_alerts", opsgenie.update_alerts);
  EachItem(in, "responders",
           [&](const Node& entry) { opsgenie.responders.push_back(ReadResponder(entry, context.errors)); });
  in.Finish();
  return opsgenie;
}

notify::PushoverOptions ReadPushover(const Node& node, const ReceiverContext& context) {
  notify::PushoverOptions pushover;
  MappingReader in(node, context.errors);
  ReadHttpReceiver(in, context, pushover);
  pushover.user_key = ReadSecret(in, "user_key", "user_key_file", context.file);
  if (pushover.user_key.empty()) in.Fail(node, "one of user_key or user_key_file must be configured");
  pushover.token = ReadSecret(in, "token", "token_file", context.file);
  if (pushover.token.empty()) in.Fail(node, "one of token or token_file must be configured");
  in.Optional("title", pushover.title);
  in.Optional("message", pushover.message);
  in.Optional("url", pushover.url);
  in.Optional("url_title", pushover.url_title);
  in.Optional("device", pushover.device);
  in.Optional("sound", pushover.sound);
  in.Optional("priority", pushover.priority);
  ReadGoDuration(in, "retry", pushover.retry);
  ReadGoDuration(in, "expire", pushover.expire);
  ReadGoDuration(in, "ttl", pushover.ttl);
  in.Optional("html", pushover.html);
  in.Optional("monospace", pushover.monospace);
  if (pushover.html && pushover.monospace)
    in.Fail(node, "at most one of monospace & html must be configured");
  in.Finish();
  return pushover;
}

}  // namespace tocsin::config
