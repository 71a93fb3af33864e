#include <map>
#include <set>

#include <fmt/format.h>

#include "alerting/config/http_config.h"
#include "alerting/config/receiver_readers.h"
#include "alerting/notify/receivers/mime.h"

namespace tocsin::config {
namespace {

using yaml::MappingReader;
using yaml::Node;

/// Canonical as Go's textproto writes header names: "x-team" is "X-Team".
std::string CanonicalHeader(std::string name) {
  bool first = true;
  for (char& c : name) {
    c = static_cast<char>(first ? std::toupper(static_cast<unsigned char>(c))
                                : std::tolower(static_cast<unsigned char>(c)));
    first = c == '-';
  }
  return name;
}

void ReadMailHeaders(MappingReader& in, notify::EmailOptions& email) {
  const Node* headers = in.Take("headers");
  std::map<std::string, std::string> read;
  if (headers == nullptr || !in.Optional("headers", read)) return;
  std::set<std::string> seen;
  for (const auto& [written, value] : read) {
    std::string name = CanonicalHeader(written);
    if (!notify::IsHeaderName(name))
      in.Fail(*headers, fmt::format("bad header name \"{}\" in email config", name));
    if (!seen.insert(name).second)
      in.Fail(*headers, fmt::format("duplicate header \"{}\" in email config", name));
    email.headers.emplace_back(name, value);
  }
}

notify::Threading ReadThreading(const Node& node, MappingReader& mail, const notify::EmailOptions& email,
                                Errors& errors) {
  bool enabled = false;
  std::string by_date;
  MappingReader in(node, errors);
  in.Optional("enabled", enabled);
  in.Optional("thread_by_date", by_date);
  in.Finish();
  if (!enabled) return notify::Threading::kNone;
  if (by_date != "none" && by_date != "daily")
    in.Fail(node, "threading.thread_by_date must be either 'none' or 'daily'");
  for (const auto& [name, value] : email.headers) {
    if (name == "References" || name == "In-Reply-To") {
      mail.Fail(
          node,
          fmt::format("conflicting configuration: threading.enabled conflicts with custom {} header", name));
    }
  }
  return by_date == "daily" ? notify::Threading::kGroupAndDay : notify::Threading::kGroup;
}

}  // namespace

void CheckSmarthost(MappingReader& in, const char* key, const std::string& text) {
  size_t colon = text.rfind(':');
  bool ok = colon != std::string::npos && colon + 1 < text.size() &&
            text.find_first_of(" \t\r\n/") == std::string::npos;
  if (ok && text.find(':') != colon) ok = text.starts_with('[') && text[colon - 1] == ']';
  if (!ok) in.Fail(*in.Take(key), fmt::format("expected host:port, found \"{}\"", text));
}

notify::EmailOptions ReadEmail(const Node& node, const ReceiverContext& context) {
  const ReceiverDefaults& defaults = context.defaults;
  notify::EmailOptions email;
  MappingReader in(node, context.errors);
  in.Optional("send_resolved", email.send_resolved);
  in.Optional("to", email.to);
  if (email.to.empty()) in.Fail(node, "missing to address in email config");
  email.from = defaults.smtp_from;
  in.Optional("from", email.from);
  email.smarthost = defaults.smtp_smarthost;
  if (in.Optional("smarthost", email.smarthost)) CheckSmarthost(in, "smarthost", email.smarthost);
  email.hello = defaults.smtp_hello;
  in.Optional("hello", email.hello);
  email.auth_username = defaults.smtp_auth_username;
  in.Optional("auth_username", email.auth_username);
  email.auth_password = ReadSecret(in, "auth_password", "auth_password_file", context.file);
  if (email.auth_password.empty()) email.auth_password = defaults.smtp_auth_password;
  email.auth_secret = ReadSecret(in, "auth_secret", "auth_secret_file", context.file);
  if (email.auth_secret.empty()) email.auth_secret = defaults.smtp_auth_secret;
  email.auth_identity = defaults.smtp_auth_identity;
  in.Optional("auth_identity", email.auth_identity);
  email.require_tls = defaults.smtp_require_tls;
  in.Optional("require_tls", email.require_tls);
  email.implicit_tls = defaults.smtp_implicit_tls;
  in.Optional("force_implicit_tls", email.implicit_tls);
  email.tls = ReadTlsConfig(in, defaults.smtp_tls, context.file, context.errors);
  ReadMailHeaders(in, email);
  if (const Node* threading = in.Take("threading"); yaml::IsSet(threading))
    email.threading = ReadThreading(*threading, in, email, context.errors);
  in.Optional("html", email.html);
  in.Optional("text", email.text);
  in.Finish();
  if (email.smarthost.empty()) in.Fail(node, "no global SMTP smarthost set");
  if (email.from.empty()) in.Fail(node, "no global SMTP from set");
  return email;
}

}  // namespace tocsin::config
