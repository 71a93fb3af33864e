#include "alerting/commands/datasource_flags.h"

#include <utility>
#include <vector>

#include "base/flags/flags.h"

namespace tocsin::app {
namespace {

using HeaderField = std::pair<std::string, SecretSource>;

/// "Name: value" in its parts; the name is empty when it has none.
std::pair<std::string, std::string> SplitField(const std::string& text) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos) return {};
  const size_t value = std::min(text.find_first_not_of(' ', colon + 1), text.size());
  return {text.substr(0, colon), text.substr(value)};
}

std::string NeedsField(const std::string& text) {
  return SplitField(text).first.empty() ? "must be \"Name: value\"" : "";
}

void AddSecret(CLI::App& app, const std::string& name, SecretSource& secret, const std::string& about) {
  CLI::Option* value = app.add_option_function<std::string>(
      name, [&secret](const std::string& text) { secret.value = Secret(text); },
      about + "; better by its variable or the file, since others may see a command line");
  app.add_option(name + "-file", secret.file, about + ", read from this file at each use")->excludes(value);
}

void AddHeaders(CLI::App& app, const std::string& name, remote::EndpointOptions& options) {
  app.add_option_function<std::vector<std::string>>(
         name,
         [&options](const std::vector<std::string>& fields) {
           for (const std::string& field : fields) {
             auto [key, value] = SplitField(field);
             options.headers.emplace_back(std::move(key), SecretSource{Secret(value), ""});
           }
         },
         "A header to send, \"Name: value\"; may be given again")
      ->delimiter('\n')
      ->check(CLI::Validator(NeedsField, ""));
  app.add_option_function<std::vector<std::string>>(
         name + "-file",
         [&options](const std::vector<std::string>& fields) {
           for (const std::string& field : fields) {
             auto [key, file] = SplitField(field);
             options.headers.emplace_back(std::move(key), SecretSource{Secret(), file});
           }
         },
         "A header whose value is read from a file at each use, \"Name: FILE\"; may be given again")
      ->delimiter('\n')
      ->check(CLI::Validator(NeedsField, ""));
}

}  // namespace

void AddEndpointFlags(CLI::App& app, const std::string& prefix, const std::string& what,
                      remote::EndpointOptions& options) {
  app.add_option(prefix + "url", options.url, what);
  AddHeaders(app, prefix + "header", options);
  app.add_option(prefix + "basic-auth.username", options.username, "User name to sign in with");
  AddSecret(app, prefix + "basic-auth.password", options.password, "Password to sign in with");
  AddSecret(app, prefix + "bearer-token", options.bearer_token, "Token to sign in with");
  app.add_option(prefix + "tls.ca-file", options.tls.ca_file,
                 "Certificates to trust (default: the system's)");
  app.add_option(prefix + "tls.cert-file", options.tls.cert_file, "Client certificate");
  app.add_option(prefix + "tls.key-file", options.tls.key_file, "Its key");
  app.add_option(prefix + "tls.server-name", options.tls.server_name,
                 "Name to verify (default: the URL's host)");
  app.add_flag_function(
      prefix + "tls.insecure-skip-verify", [&options](int64_t) { options.tls.verify = false; },
      "Believe any certificate");
  flags::AddDuration(app, prefix + "timeout", options.timeout, "How long one attempt may take");
}

std::string ShownValue(const std::string& flag, const std::string& value) {
  if (value.empty()) return value;
  if (flag.ends_with(".password") || flag.ends_with("bearer-token") || flag.ends_with("header")) {
    return "<secret>";
  }
  return flag.ends_with("url") ? http::RedactUrl(value) : value;
}

}  // namespace tocsin::app
