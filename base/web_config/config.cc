#include "base/web_config/config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <openssl/ssl.h>

#include "base/files.h"
#include "base/web_config/go_names.h"
#include "base/web_config/password.h"
#include "base/yaml/reader.h"

namespace tocsin::web_config {
namespace {

using yaml::MappingReader;
using yaml::Node;

Pem ReadPem(MappingReader& in, const std::string& text_key, const std::string& file_key,
            const std::string& path) {
  Pem pem;
  std::string text;
  in.Optional(text_key, text);
  in.Optional(file_key, pem.file);
  const Node* from_text = in.node().Find(text_key);
  const Node* from_file = in.node().Find(file_key);
  if (!text.empty() && !pem.file.empty()) {
    in.Fail(*from_file, fmt::format("at most one of {} and {} can be given", text_key, file_key));
  }
  if (!pem.file.empty()) pem.file = RelativeTo(path, pem.file).string();
  pem.text = Secret(std::move(text));
  if (pem.given()) pem.position = (pem.file.empty() ? from_text : from_file)->position;
  return pem;
}

void ReadVersion(MappingReader& in, std::string_view key, int& out) {
  std::string name;
  if (!in.Optional(key, name)) return;
  if (const auto version = TlsVersion(name)) {
    out = *version;
  } else {
    in.Fail(*in.node().Find(key), "unknown TLS version: " + name + " (TLS10, TLS11, TLS12 or TLS13)");
  }
}

/// A list of Go's names, translated by `translate`; each unknown one is reported at its place.
template <typename Translate>
std::vector<std::string> ReadNames(MappingReader& in, std::string_view key, std::string_view what,
                                   Translate translate) {
  std::vector<std::string> names;
  if (!in.Optional(key, names)) return {};
  std::vector<std::string> out;
  out.reserve(names.size());
  const Node& list = *in.node().Find(key);
  for (size_t i = 0; i < names.size(); ++i) {
    if (const auto name = translate(names[i])) {
      out.emplace_back(*name);
    } else {
      in.Fail(list.items.empty() ? list : list.items[i], fmt::format("unknown {}: {}", what, names[i]));
    }
  }
  return out;
}

void ReadCiphers(MappingReader& in, TlsOptions& tls) {
  tls.ciphers = ReadNames(in, "cipher_suites", "cipher", CipherSuite);
  const bool listed = !tls.ciphers.empty();
  std::erase(tls.ciphers, "");  // those of TLS 1.3
  tls.only_tls13_ciphers = listed && tls.ciphers.empty();
  if (tls.only_tls13_ciphers && tls.max_version < TLS1_3_VERSION) {
    in.Fail(*in.node().Find("cipher_suites"), "none of these suites is for max_version or below");
  }
}

void ReadClientPolicy(MappingReader& in, TlsOptions& tls) {
  std::string name;
  in.Optional("client_auth_type", name);
  if (const auto policy = ClientAuthType(name)) {
    tls.client_auth = *policy;
  } else {
    in.Fail(*in.node().Find("client_auth_type"), "invalid client_auth_type: " + name);
    return;
  }
  if (tls.client_ca.given() && tls.client_auth == ClientAuth::kNone) {
    in.Check(Fail(ErrorCode::kInvalidArgument, "client CAs have been configured without a client_auth_type",
                  tls.client_ca.position));
  }
  if (!in.Optional("client_allowed_sans", tls.allowed_sans)) return;
  if (tls.client_auth != ClientAuth::kRequireAny && tls.client_auth != ClientAuth::kRequireAndVerify) {
    in.Fail(*in.node().Find("client_allowed_sans"),
            "client_allowed_sans requires client_auth_type to be RequireAnyClientCert or "
            "RequireAndVerifyClientCert");
  }
}

std::optional<TlsOptions> ReadTls(const Node& node, const std::string& path, Errors& errors) {
  TlsOptions tls;
  tls.min_version = TLS1_2_VERSION;
  tls.max_version = TLS1_3_VERSION;
  MappingReader in(node, errors);
  tls.certificate = ReadPem(in, "cert", "cert_file", path);
  tls.key = ReadPem(in, "key", "key_file", path);
  tls.client_ca = ReadPem(in, "client_ca", "client_ca_file", path);
  ReadVersion(in, "min_version", tls.min_version);
  ReadVersion(in, "max_version", tls.max_version);
  if (tls.min_version > tls.max_version) in.Fail(node, "min_version is above max_version");
  ReadClientPolicy(in, tls);
  ReadCiphers(in, tls);
  in.Optional("prefer_server_cipher_suites", tls.prefer_server_ciphers);
  tls.curves = ReadNames(in, "curve_preferences", "curve", Curve);
  in.Finish();
  if (node.entries.empty()) return std::nullopt;
  if (!tls.certificate.given()) in.Fail(node, "missing one of cert or cert_file");
  if (!tls.key.given()) in.Fail(node, "missing one of key or key_file");
  return tls;
}

void ReadHeaders(const Node& node, http::Headers& headers, Errors& errors) {
  struct Known {
    std::string_view name;
    std::array<std::string_view, 2> values;  // none: any
  };
  static constexpr std::array<Known, 5> kKnown = {{{"Content-Security-Policy", {}},
                                                   {"Strict-Transport-Security", {}},
                                                   {"X-Content-Type-Options", {"nosniff"}},
                                                   {"X-Frame-Options", {"deny", "sameorigin"}},
                                                   {"X-XSS-Protection", {}}}};
  MappingReader in(node, errors);
  for (const Known& known : kKnown) {
    std::string value;
    if (!in.Optional(known.name, value)) continue;
    const Node& at = *node.Find(known.name);
    if (!known.values[0].empty() && std::ranges::find(known.values, value) == known.values.end()) {
      in.Fail(at, fmt::format("invalid value for {}: expected one of {}{}{}", known.name, known.values[0],
                              known.values[1].empty() ? "" : ", ", known.values[1]));
    } else if (value.find_first_of("\r\n") != std::string::npos) {
      in.Fail(at, fmt::format("the value of {} holds a line break", known.name));
    } else if (!value.empty()) {
      headers.Add(std::string(known.name), value);
    }
  }
  in.Finish();
}

void ReadServer(const Node& node, Config& config, Errors& errors) {
  MappingReader in(node, errors);
  in.Optional("http2", config.http2_asked);
  if (const Node* headers = in.Take("headers")) ReadHeaders(*headers, config.headers, errors);
  in.Finish();
}

void ReadUsers(const Node& node, Config& config, Errors& errors) {
  MappingReader in(node, errors);
  for (const Node::Entry& entry : node.entries) {
    std::string hash;
    in.Take(entry.key);
    if (entry.value.kind != yaml::Kind::kNull && !in.Check(Read(entry.value, hash))) continue;
    if (const Status good = CheckHash(hash); !good) {
      in.Fail(entry.value, good.error().message());
    } else {
      config.users.emplace(entry.key, Secret(std::move(hash)));
    }
  }
  in.Finish();
}

void ReadRateLimit(const Node& node, Config& config, Errors& errors) {
  MappingReader in(node, errors);
  std::string interval;
  if (in.Optional("interval", interval)) {
    if (const auto parsed = ParseGoDuration(interval)) {
      config.rate_limit.interval = *parsed;
    } else {
      in.Fail(*node.Find("interval"), parsed.error().message());
    }
  }
  in.Optional("burst", config.rate_limit.burst);
  if (config.rate_limit.burst < 0 ||
      (config.rate_limit.burst == 0 && config.rate_limit.interval.count() > 0)) {
    in.Fail(node, "burst must be at least 1, or no request would be answered");
  }
  in.Finish();
}

struct Unit {
  std::string_view name;
  double nanoseconds;
};
// Longer names before those that they begin with.
constexpr std::array<Unit, 8> kUnits = {{{"ns", 1},
                                         {"us", 1e3},
                                         {"\xC2\xB5s", 1e3},
                                         {"\xCE\xBCs", 1e3},
                                         {"ms", 1e6},
                                         {"s", 1e9},
                                         {"m", 60e9},
                                         {"h", 3600e9}}};

}  // namespace

std::vector<std::string> Config::files() const {
  std::vector<std::string> out;
  if (!tls) return out;
  for (const Pem* pem : {&tls->certificate, &tls->key, &tls->client_ca}) {
    if (!pem->file.empty()) out.push_back(pem->file);
  }
  return out;
}

Checked<Config> ReadConfig(const std::string& path) {
  constexpr size_t kMostBytes = size_t{1} << 20;
  const Result<std::string> text = ReadFile(path, kMostBytes);
  if (!text) return tl::unexpected(Errors{text.error().At(Position{path, 0, 0})});
  return ParseConfig(*text, path);
}

Checked<Config> ParseConfig(std::string_view text, const std::string& path) {
  const Result<Node> root = yaml::Parse(text, path);
  if (!root) return tl::unexpected(Errors{root.error()});
  Config config;
  Errors errors;
  MappingReader in(*root, errors);
  if (const Node* node = in.Take("tls_server_config")) config.tls = ReadTls(*node, path, errors);
  if (const Node* node = in.Take("http_server_config")) ReadServer(*node, config, errors);
  if (const Node* node = in.Take("basic_auth_users")) ReadUsers(*node, config, errors);
  if (const Node* node = in.Take("rate_limit")) ReadRateLimit(*node, config, errors);
  in.Finish();
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return config;
}

Result<std::chrono::nanoseconds> ParseGoDuration(std::string_view text) {
  const auto invalid = [whole = text] {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("not a duration such as \"1s\" or \"1m30s\": {}", whole));
  };
  if (text == "0") return std::chrono::nanoseconds(0);
  if (text.empty()) return invalid();
  constexpr double kLongest = 9.2e18;  // nanoseconds in 64 bits: 292 years
  double sum = 0;
  while (!text.empty()) {
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc{} || text.front() == '-' || text.front() == 'i' || text.front() == 'n')
      return invalid();
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    const auto unit = std::ranges::find_if(kUnits, [&](const Unit& u) { return text.starts_with(u.name); });
    if (unit == kUnits.end()) return invalid();
    text.remove_prefix(unit->name.size());
    sum += number * unit->nanoseconds;
    if (!(sum < kLongest)) return invalid();
  }
  return std::chrono::nanoseconds(static_cast<int64_t>(sum));
}

}  // namespace tocsin::web_config
