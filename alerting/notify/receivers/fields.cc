#include "alerting/notify/receivers/fields.h"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "alerting/notify/template/functions.h"
#include "base/markup.h"

namespace tocsin::notify {
namespace {

/// So many alerts are named in plain words.
constexpr size_t kNamedAlerts = 20;

bool StartsRune(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

}  // namespace

Fields::Fields(const Templates& templates, const Notification& notification, Markup markup)
    : templates_(templates),
      notification_(notification),
      markup_(markup),
      data_(templates.Data(notification)) {}

std::string Fields::Text(std::string_view name, const std::string& field) {
  return Take(name, templates_.Text(field, data_), nullptr);
}

std::string Fields::Title(std::string_view name, const std::string& field) {
  return Take(name, templates_.Text(field, data_), &Fields::PlainTitle);
}

std::string Fields::Body(std::string_view name, const std::string& field) {
  return Take(name, templates_.Text(field, data_), &Fields::PlainBody);
}

std::string Fields::HtmlBody(std::string_view name, const std::string& field) {
  return Take(name, templates_.Html(field, data_), &Fields::PlainBody);
}

Result<std::string> Fields::Needed(std::string_view name, const std::string& field) const {
  auto text = templates_.Text(field, data_);
  if (!text) return Fail(text.error().WithContext(fmt::format("template of {}", name)));
  return text;
}

void Fields::AddFlaw(const Error& error) {
  if (!flaw_) flaw_ = error;
}

std::string Fields::Take(std::string_view name, const Result<std::string>& text,
                         std::string (Fields::*plain)() const) {
  if (text) return *text;
  AddFlaw(text.error().WithContext(fmt::format("template of {}", name)));
  return plain == nullptr ? "" : (this->*plain)();
}

std::string Fields::Escape(const std::string& text) const {
  switch (markup_) {
    case Markup::kSlack:
      return EscapeSlack(text);
    case Markup::kHtml:
      return EscapeMarkup(text);
    case Markup::kNone:
      break;
  }
  return text;
}

std::string Fields::PlainTitle() const {
  size_t firing = 0;
  for (const model::AlertPtr& alert : notification_.alerts) firing += notification_.IsFiring(*alert) ? 1 : 0;
  std::string labels;
  for (const model::LabelView label : notification_.group_labels) labels += " " + std::string(label.value);
  return Escape((firing == 0 ? "[RESOLVED]" : fmt::format("[FIRING:{}]", firing)) + labels);
}

std::string Fields::PlainBody() const {
  std::string text;
  for (size_t i = 0; i < std::min(notification_.alerts.size(), kNamedAlerts); ++i) {
    const model::Alert& alert = *notification_.alerts[i];
    text +=
        fmt::format("{} {}", notification_.IsFiring(alert) ? "firing" : "resolved", alert.labels.ToString());
    if (const std::string_view summary = alert.annotations.Get("summary"); !summary.empty())
      text += fmt::format(": {}", summary);
    text += '\n';
  }
  if (notification_.alerts.size() > kNamedAlerts)
    text += fmt::format("… {} alerts in all\n", notification_.alerts.size());
  return Escape(text + "This is not the message that was configured: " + flaw_->message());
}

std::string TruncateRunes(std::string text, size_t max) {
  size_t runes = 0;
  size_t last = 0;  // where the last one that may stay begins
  for (size_t i = 0; i < text.size(); ++i) {
    if (!StartsRune(text[i])) continue;
    if (runes + 1 == max) last = i;
    if (++runes > max) {
      text.resize(last);
      return text + "\xE2\x80\xA6";
    }
  }
  return text;
}

std::string HashOfGroup(const Notification& notification) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  const std::string& key = notification.group_key.text();
  EVP_Digest(key.data(), key.size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::string hash;
  for (unsigned i = 0; i < length; ++i) hash += fmt::format("{:02x}", digest[i]);
  return hash;
}

}  // namespace tocsin::notify
