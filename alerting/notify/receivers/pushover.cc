#include "alerting/notify/receivers/pushover.h"

#include <map>

#include "alerting/notify/receivers/fields.h"
#include "alerting/notify/receivers/oauth.h"

namespace tocsin::notify {
namespace {

constexpr const char* kPushoverUrl = "https://api.pushover.net/1/messages.json";
// pushover.net/api#limits
constexpr size_t kMaxPushoverTitle = 250;
constexpr size_t kMaxPushoverMessage = 1024;
constexpr size_t kMaxPushoverUrl = 512;

std::string WithoutSpaceAround(const std::string& text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const size_t first = text.find_first_not_of(kSpace);
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string InSeconds(Duration duration) { return std::to_string(duration.count() / 1000); }

}  // namespace

PushoverIntegration::PushoverIntegration(IntegrationId id, PushoverOptions options,
                                         const HttpServices& services)
    : HttpIntegration(std::move(id), options.send_resolved, options.http, Duration(10'000), services),
      options_(std::move(options)) {}

Result<HttpPlan> PushoverIntegration::Plan(const Notification& notification) const {
  Fields fields(templates(), notification, options_.html ? Markup::kHtml : Markup::kNone);
  std::map<std::string, std::string> form;
  for (const auto& [name, source] :
       {std::pair("token", &options_.token), std::pair("user", &options_.user_key)}) {
    auto written = source->Read();
    if (!written) return Fail(written.error().Retryable(true));
    auto key = fields.Needed(name, written->Reveal());
    if (!key) return Fail(key.error());
    form[name] = *std::move(key);
  }
  form["title"] = TruncateRunes(fields.Title("title", options_.title), kMaxPushoverTitle);
  if (options_.html) form["html"] = "1";
  if (options_.monospace) form["monospace"] = "1";
  std::string message =
      options_.html ? fields.HtmlBody("message", options_.message) : fields.Body("message", options_.message);
  message = WithoutSpaceAround(TruncateRunes(std::move(message), kMaxPushoverMessage));
  form["message"] = message.empty() ? "(no details)" : message;  // Pushover refuses an empty one
  form["url"] = TruncateRunes(fields.Text("url", options_.url), kMaxPushoverUrl);
  form["url_title"] = fields.Text("url_title", options_.url_title);
  form["priority"] = fields.Text("priority", options_.priority);
  form["retry"] = InSeconds(options_.retry);
  form["expire"] = InSeconds(options_.expire);
  form["device"] = fields.Text("device", options_.device);
  form["sound"] = fields.Text("sound", options_.sound);
  if (options_.ttl >= Duration(1000)) form["ttl"] = InSeconds(options_.ttl);
  std::string url = kPushoverUrl;
  for (const auto& [name, value] : form)
    url += (url.size() == std::string_view(kPushoverUrl).size() ? "?" : "&") + name + "=" + FormEncode(value);
  HttpPlan plan;
  plan.messages.push_back({.url = Secret(std::move(url)),
                           .body = "",
                           .content_type = "text/plain",
                           .secrets = {form["token"], form["user"]}});
  plan.flaw = fields.flaw();
  return plan;
}

}  // namespace tocsin::notify
