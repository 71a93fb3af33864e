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

/// A conversation begins with a mail that was never sent: programs put what refers to it together.
std::string EmailIntegration::ThreadHeaders(const Notification& notification) const {
  if (options_.threading == Threading::kNone) return "";
  const bool daily = options_.threading == Threading::kGroupAndDay;
  const std::string root = fmt::format("<alert-{}-{}@alertmanager>", HashOfGroup(notification).substr(0, 16),
                                       daily ? FormatRfc3339(clock_.Now()).substr(0, 10) : "");
  return WriteRawHeader("References", root) + WriteRawHeader("In-Reply-To", root);
}

Result<std::string> EmailIntegration::MakeHeaders(Fields& fields, const Notification& notification,
                                                  const std::string& message_id) const {
  std::vector<std::pair<std::string, std::string>> written{
      {"From", options_.from},
      {"To", options_.to},
      {"Subject", R"({{ template "email.default.subject" . }})"}};
  for (const auto& header : options_.headers) {
    auto same = std::find_if(written.begin(), written.end(),
                             [&](const auto& f) { return SameName(f.first, header.first); });
    if (same == written.end()) {
      written.push_back(header);
    } else {
      same->second = header.second;
    }
  }
  std::string out;
  for (const auto& [name, field] : written) {
    const std::string what = "the header " + name;
    if (!IsHeaderName(name)) return Fail(ErrorCode::kInvalidArgument, "bad name of a mail header");
    if (!IsAddressHeader(name)) {
      out +=
          WriteHeader(name, SameName(name, "Subject") ? fields.Title(what, field) : fields.Text(what, field));
      continue;
    }
    auto text = fields.Needed(what, field);
    if (!text) return Fail(text.error());
    auto addresses = ParseAddresses(*text);
    if (!addresses) return Fail(addresses.error().WithContext(name));
    out += WriteRawHeader(name, WriteAddresses(*addresses));
  }
  out += WriteRawHeader("Message-ID", message_id);
  out += ThreadHeaders(notification);
  out += WriteRawHeader("Date", MailDate(clock_.Now()));
  out += WriteRawHeader("X-Tocsin-Notification-Id", notification.id);
  out += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  return out;
}

Result<smtp::Mail> EmailIntegration::MakeMail(const Notification& notification,
                                              std::optional<Error>& flaw) const {
  Fields fields(*templates_, notification);
  Fields html_fields(*templates_, notification, Markup::kHtml);
  auto from_text = fields.Needed("from", options_.from);
  auto to_text = fields.Needed("to", options_.to);
  for (const auto* expanded : {&from_text, &to_text}) {
    if (!*expanded) return Fail(expanded->error());
  }
  const std::string html = html_fields.HtmlBody("html", options_.html);
  const std::string text = fields.Body("text", options_.text);
  auto from = ParseAddresses(*from_text);
  if (!from) return Fail(from.error().WithContext("from"));
  if (from->size() != 1) return Fail(ErrorCode::kInvalidArgument, "from: must be exactly one address");
  auto to = ParseAddresses(*to_text);
  if (!to) return Fail(to.error().WithContext("to"));

  const std::string& sender = from->front().address;
  const std::string unique = "tocsin." + notification.id;
  auto headers =
      MakeHeaders(fields, notification, fmt::format("<{}{}>", unique, sender.substr(sender.rfind('@'))));
  if (!headers) return Fail(headers.error());
  flaw = html_fields.flaw() ? html_fields.flaw() : fields.flaw();

  smtp::Mail mail;
  mail.server = options_.smarthost;
  mail.hello = options_.hello;
  mail.security = SecurityOf();
  mail.tls = options_.tls;
  mail.sender = sender;
  for (const MailAddress& address : *to) mail.recipients.push_back(address.address);
  mail.data = *headers + WriteAlternatives({{"text/plain", text}, {"text/html", html}}, unique);
  return mail;
}

Status EmailIntegration::AddCredentials(smtp::Mail& mail) const {
  if (options_.auth_username.empty()) return {};
  const bool by_secret = options_.auth_password.empty() && !options_.auth_secret.empty();
  auto password = by_secret ? options_.auth_secret.Read() : options_.auth_password.Read();
  if (!password) return Fail(password.error().Retryable(true));
  mail.username = options_.auth_username;
  mail.password = password->Reveal();
  mail.auth_identity = options_.auth_identity;
  mail.mechanisms = by_secret ? "AUTH=CRAM-MD5" : "AUTH=PLAIN;AUTH=LOGIN";
  return {};
}

std::unique_ptr<Integration::Attempt> EmailIntegration::Send(const Notification& notification,
                                                             Duration timeout, Done done) const {
  auto fail = [&done](Error error) -> std::unique_ptr<Attempt> {
    done({Fail(std::move(error))});
    return nullptr;
  };
  std::optional<Error> flaw;
  auto mail = MakeMail(notification, flaw);
  if (!mail) return fail(mail.error());
  if (Status added = AddCredentials(*mail); !added) return fail(added.error());
  mail->timeout = std::min(timeout, options_.timeout);
  auto finished = [done = std::move(done), flaw](Status status) {
    done({.status = std::move(status), .flaw = flaw});
  };
  return std::make_unique<MailAttempt>(client_.Send(*std::move(mail), std::move(finished)));
}

}  // namespace tocsin::notify
