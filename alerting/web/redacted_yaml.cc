#include <string>
#include <string_view>

#include "alerting/model/labels.h"
#include "alerting/web/status_api.h"

namespace tocsin::web {
namespace {

bool HoldsSecret(std::string_view key) {
  for (std::string_view end : {"password", "secret", "secrets", "token", "credentials", "api_key"}) {
    if (key.ends_with(end)) return true;
  }
  return key == "key";  // of a tls_config
}

/// https://user:xxxxx@host
std::string WithoutPassword(const std::string& text) {
  const size_t scheme = text.find("://");
  if (scheme == std::string::npos) return text;
  const size_t start = scheme + 3;
  const size_t end = text.find_first_of("/?#", start);
  const size_t at = text.substr(0, end).rfind('@');
  if (at == std::string::npos || at < start) return text;
  const size_t colon = text.find(':', start);
  if (colon == std::string::npos || colon > at) return text;
  return text.substr(0, colon + 1) + "xxxxx" + text.substr(at);
}

bool IsPlainYaml(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./$(){}-") ==
             std::string_view::npos &&
         std::string_view("-{").find(text.front()) == std::string_view::npos;
}

class YamlWriter {
 public:
  std::string Take() { return std::move(out_); }

  void Value(const yaml::Node& node, size_t level, bool secret) {
    if (node.is_scalar()) {
      out_.append(" ").append(Scalar(node, secret)).append("\n");
    } else if (node.kind == yaml::Kind::kSequence) {
      if (node.items.empty()) out_ += " []";
      out_ += '\n';
      for (const yaml::Node& item : node.items) Item(item, level, secret);
    } else {
      if (node.entries.empty()) out_ += " {}";
      out_ += '\n';
      for (const yaml::Node::Entry& entry : node.entries) Entry(entry, level, secret);
    }
  }

  void Entry(const yaml::Node::Entry& entry, size_t level, bool secret) {
    Indent(level);
    Key(entry, level, secret);
  }

 private:
  void Indent(size_t level) { out_.append(2 * level, ' '); }

  void Key(const yaml::Node::Entry& entry, size_t level, bool secret) {
    out_ += IsPlainYaml(entry.key) ? entry.key : model::Quote(entry.key);
    out_ += ':';
    // Items of a list stand under their key, not further in.
    const bool list = entry.value.kind == yaml::Kind::kSequence;
    Value(entry.value, list ? level : level + 1, secret || HoldsSecret(entry.key));
  }

  void Item(const yaml::Node& item, size_t level, bool secret) {
    Indent(level);
    out_ += '-';
    if (item.kind != yaml::Kind::kMapping || item.entries.empty()) return Value(item, level + 1, secret);
    out_ += ' ';
    for (size_t i = 0; i < item.entries.size(); ++i) {
      if (i > 0) Indent(level + 1);
      Key(item.entries[i], level + 1, secret);
    }
  }

  static std::string Scalar(const yaml::Node& node, bool secret) {
    if (node.kind == yaml::Kind::kNull) return "null";
    if (secret) return "<secret>";
    const bool text = node.kind == yaml::Kind::kString;
    const std::string shown = text ? WithoutPassword(node.text) : node.text;
    return (text && node.quoted) || !IsPlainYaml(shown) ? model::Quote(shown) : shown;
  }

  std::string out_;
};

}  // namespace

std::string RedactedYaml(const yaml::Node& document) {
  YamlWriter writer;
  for (const yaml::Node::Entry& entry : document.entries) writer.Entry(entry, 0, false);
  return writer.Take();
}

}  // namespace tocsin::web
