#include "alerting/notify/receivers/email.h"

#include <algorithm>

#include <fmt/format.h>

#include "alerting/notify/receivers/mime.h"

namespace tocsin::notify {
namespace {

class MailAttempt final : public Integration::Attempt {
 public:
  explicit MailAttempt(std::unique_ptr<smtp::Client::Handle> handle) : handle_(std::move(handle)) {}

 private:
  std::unique_ptr<smtp::Client::Handle> handle_;
};

bool SameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

bool IsAddressHeader(std::string_view name) {
  constexpr std::string_view kNames[] = {"From", "To", "Cc", "Reply-To", "Sender"};
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [name](auto known) { return SameName(known, name); });
}

}  // namespace

EmailIntegration::EmailIntegration(IntegrationId id, EmailOptions options,
                                   std::shared_ptr<const Templates> templates, smtp::Client& client,
                                   const Clock& clock)
    : id_(std::move(id)),
      options_(std::move(options)),
      templates_(std::move(templates)),
      client_(client),
      clock_(clock) {}

smtp::Security EmailIntegration::SecurityOf() const {
  if (options_.implicit_tls.value_or(options_.smarthost.ends_with(":465"))) return smtp::Security::kImplicit;
  return options_.require_tls ? smtp::Security::kRequired : smtp::Security::kNone;
}

Result<std::string> EmailIntegration::MakeHeaders(const templating::Value& data,
                                                  const std::string& message_id,
                                                  const std::string& notification_id) const {
  std::vector<std::pair<std::string, std::string>> fields{
      {"From", options_.from},
      {"To", options_.to},
      {"Subject", R"({{ template "email.default.subject" . }})"}};
  for (const auto& header : options_.headers) {
    auto same = std::find_if(fields.begin(), fields.end(),
                             [&](const auto& f) { return SameName(f.first, header.first); });
    if (same == fields.end()) {
      fields.push_back(header);
    } else {
      same->second = header.second;
    }
  }
  std::string out;
  for (const auto& [name, field] : fields) {
    auto text = templates_->Text(field, data);
    if (!text) return Fail(text.error().WithContext(fmt::format("template of the header {}", name)));
    if (!IsHeaderName(name)) return Fail(ErrorCode::kInvalidArgument, "bad name of a mail header");
    if (!IsAddressHeader(name)) {
      out += WriteHeader(name, *text);
      continue;
    }
    auto addresses = ParseAddresses(*text);
    if (!addresses) return Fail(addresses.error().WithContext(name));
    out += WriteRawHeader(name, WriteAddresses(*addresses));
  }
  out += WriteRawHeader("Message-ID", message_id);
  out += WriteRawHeader("Date", MailDate(clock_.Now()));
  out += WriteRawHeader("X-Tocsin-Notification-Id", notification_id);
  out += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  return out;
}

Result<smtp::Mail> EmailIntegration::MakeMail(const Notification& notification) const {
  templating::Value data = templates_->Data(notification);
  auto from_text = templates_->Text(options_.from, data);
  auto to_text = templates_->Text(options_.to, data);
  auto html = templates_->Html(options_.html, data);
  auto text = templates_->Text(options_.text, data);
  for (const auto* expanded : {&from_text, &to_text, &html, &text}) {
    if (!*expanded) return Fail(expanded->error().WithContext("mail template"));
  }
  auto from = ParseAddresses(*from_text);
  if (!from) return Fail(from.error().WithContext("from"));
  if (from->size() != 1) return Fail(ErrorCode::kInvalidArgument, "from: must be exactly one address");
  auto to = ParseAddresses(*to_text);
  if (!to) return Fail(to.error().WithContext("to"));

  const std::string& sender = from->front().address;
  const std::string unique = "tocsin." + notification.id;
  auto headers =
      MakeHeaders(data, fmt::format("<{}{}>", unique, sender.substr(sender.rfind('@'))), notification.id);
  if (!headers) return Fail(headers.error());

  smtp::Mail mail;
  mail.server = options_.smarthost;
  mail.hello = options_.hello;
  mail.security = SecurityOf();
  mail.tls = options_.tls;
  mail.auth_identity = options_.auth_identity;
  mail.sender = sender;
  for (const MailAddress& address : *to) mail.recipients.push_back(address.address);
  mail.data = *headers + WriteAlternatives({{"text/plain", *text}, {"text/html", *html}}, unique);
  return mail;
}

std::unique_ptr<Integration::Attempt> EmailIntegration::Send(const Notification& notification,
                                                             Duration timeout, Done done) const {
  auto fail = [&done](Error error) -> std::unique_ptr<Attempt> {
    done({Fail(std::move(error)), std::nullopt});
    return nullptr;
  };
  auto mail = MakeMail(notification);
  if (!mail) return fail(mail.error());
  if (!options_.auth_username.empty()) {
    auto password = options_.auth_password.Read();
    if (!password) return fail(password.error().Retryable(true));
    mail->username = options_.auth_username;
    mail->password = password->Reveal();
  }
  mail->timeout = std::min(timeout, options_.timeout);
  auto finished = [done = std::move(done)](Status status) { done({std::move(status), std::nullopt}); };
  return std::make_unique<MailAttempt>(client_.Send(*std::move(mail), std::move(finished)));
}

}  // namespace tocsin::notify
