// The fields of a receiver, expanded for one message. A template that fails must not keep the message from
// being sent: what the reader needs is said in plain words then, and the fault is noted.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "alerting/notify/notification.h"
#include "alerting/notify/template/templates.h"
#include "alerting/template/value.h"

namespace tocsin::notify {

/// What the receiver takes a text for: decides how plain words are escaped.
enum class Markup { kNone, kSlack, kHtml };

/// The references must outlive it.
class Fields {
 public:
  Fields(const Templates& templates, const Notification& notification, Markup markup = Markup::kNone);

  /// A field that the message can do without: "" when its template fails.
  std::string Text(std::string_view name, const std::string& field);
  /// The message's title or body: in plain words when its template fails.
  std::string Title(std::string_view name, const std::string& field);
  std::string Body(std::string_view name, const std::string& field);
  /// A body whose values are escaped for where they stand in HTML.
  std::string HtmlBody(std::string_view name, const std::string& field);
  /// A field without which nothing can be sent, as the key of an account.
  Result<std::string> Needed(std::string_view name, const std::string& field) const;

  const templating::Value& data() const { return data_; }
  /// The first template that failed.
  const std::optional<Error>& flaw() const { return flaw_; }
  void AddFlaw(const Error& error);

 private:
  std::string Escape(const std::string& text) const;
  std::string PlainTitle() const;
  std::string PlainBody() const;
  std::string Take(std::string_view name, const Result<std::string>& text,
                   std::string (Fields::*plain)() const);

  const Templates& templates_;
  const Notification& notification_;
  const Markup markup_;
  const templating::Value data_;
  std::optional<Error> flaw_;
};

/// The text's first `max` characters, the last of them an ellipsis when some are left out.
std::string TruncateRunes(std::string text, size_t max);

/// What a service knows a group by: SHA-256 of its key, in hexadecimal, as Alertmanager gives it.
std::string HashOfGroup(const Notification& notification);

}  // namespace tocsin::notify
