#include "alerting/config/show.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "alerting/model/labels.h"
#include "base/http/client.h"

namespace tocsin::config {
namespace {

using yaml::Kind;
using yaml::Node;

/// Keys whose value is a secret wherever they stand.
constexpr std::array<std::string_view, 29> kSecrets{"password",
                                                    "proxy_connect_header",
                                                    "credentials",
                                                    "bearer_token",
                                                    "client_secret",
                                                    "auth_password",
                                                    "auth_secret",
                                                    "smtp_auth_password",
                                                    "smtp_auth_secret",
                                                    "slack_api_url",
                                                    "slack_app_token",
                                                    "app_token",
                                                    "routing_key",
                                                    "service_key",
                                                    "api_key",
                                                    "opsgenie_api_key",
                                                    "token",
                                                    "user_key",
                                                    "bot_token",
                                                    "telegram_bot_token",
                                                    "webhook_url",
                                                    "api_secret",
                                                    "wechat_api_secret",
                                                    "victorops_api_key",
                                                    "rocketchat_token",
                                                    "rocketchat_token_id",
                                                    "token_id",
                                                    "key",
                                                    "secrets"};

/// Secret in the integrations of `within` alone; "" where the key is one anywhere else too.
bool IsSecret(std::string_view key, std::string_view within) {
  if (key == "url") return within == "webhook_configs";
  if (key == "api_url") return within == "slack_configs";
  return std::find(kSecrets.begin(), kSecrets.end(), key) != kSecrets.end();
}

class Writer {
 public:
  /// `within`: the list of integrations that the node belongs to, "" outside of one.
  void Write(const Node& node, size_t indent, std::string_view within) {
    if (node.kind == Kind::kMapping && !node.entries.empty())
      return WriteMapping(node, indent, within, false);
    if (node.kind == Kind::kSequence && !node.items.empty()) return WriteSequence(node, indent, within);
    out_.append(Scalar(node)) += '\n';
  }
  std::string Take() { return std::move(out_); }

 private:
  void WriteMapping(const Node& node, size_t indent, std::string_view within, bool on_line) {
    for (const Node::Entry& entry : node.entries) {
      if (!on_line) out_.append(indent, ' ');
      on_line = false;
      out_ += Text(entry.key) + ":";
      const std::string_view below = entry.key.ends_with("_configs") ? std::string_view(entry.key) : within;
      const bool nested = (entry.value.kind == Kind::kMapping && !entry.value.entries.empty()) ||
                          (entry.value.kind == Kind::kSequence && !entry.value.items.empty());
      if (IsSecret(entry.key, within) && !(entry.value.is_scalar() && entry.value.text.empty())) {
        out_ += " <secret>\n";
      } else if (nested) {
        out_ += '\n';
        Write(entry.value, indent + 2, below);
      } else if (entry.key == "proxy_url") {
        out_ += " " + model::Quote(http::RedactUrl(entry.value.text)) + "\n";
      } else {
        out_ += ' ';
        Write(entry.value, indent, below);
      }
    }
  }

  void WriteSequence(const Node& node, size_t indent, std::string_view within) {
    for (const Node& item : node.items) {
      out_.append(indent, ' ').append("- ");
      if (item.kind == Kind::kMapping && !item.entries.empty()) {
        WriteMapping(item, indent + 2, within, true);
      } else if (item.kind == Kind::kSequence && !item.items.empty()) {
        out_ += '\n';
        WriteSequence(item, indent + 2, within);
      } else {
        Write(item, indent, within);
      }
    }
  }

  static std::string Scalar(const Node& node) {
    switch (node.kind) {
      case Kind::kNull:
        return "null";
      case Kind::kMapping:
        return "{}";
      case Kind::kSequence:
        return "[]";
      case Kind::kString:
        return Text(node.text);
      default:
        return node.quoted ? model::Quote(node.text) : node.text;
    }
  }

  /// Plain where no reader could take it for anything else, else in double quotes, whose escapes YAML shares.
  static std::string Text(const std::string& text) {
    constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    constexpr std::array<std::string_view, 7> kWords{"true", "false", "yes", "no", "on", "off", "null"};
    std::string lower = text;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    const bool plain = text.size() > 1 && text.find_first_not_of(kPlain) == std::string::npos &&
                       std::find(kWords.begin(), kWords.end(), lower) == kWords.end();
    return plain ? text : model::Quote(text);
  }

  std::string out_;
};

}  // namespace

std::string Show(const Node& root) {
  Writer writer;
  writer.Write(root, 0, "");
  return writer.Take();
}

}  // namespace tocsin::config
