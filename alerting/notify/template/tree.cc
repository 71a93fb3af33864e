#include "alerting/notify/template/tree.h"

#include <cmath>
#include <map>

namespace tocsin::notify {
namespace {

using Json = nlohmann::ordered_json;
using Expand = std::function<Result<std::string>(const std::string&)>;
using yaml::Kind;
using yaml::Node;

Json TextToJson(const std::string& text);

/// A scalar of what a template gave; its texts are asked once more what they are, as "1" in quotes is a
/// number to Alertmanager.
Json ScalarToJson(const Node& node, bool expanded) {
  switch (node.kind) {
    case Kind::kNull:
      return nullptr;
    case Kind::kBool:
      return node.bool_value;
    case Kind::kInt:
      return node.int_value;
    case Kind::kFloat:
      if (!std::isfinite(node.float_value)) return node.text;  // JSON has no such number
      return node.float_value;
    default:
      return expanded && node.quoted ? TextToJson(node.text) : Json(node.text);
  }
}

/// Names in order, as Go writes a map.
Json FromMap(const std::map<std::string, Json>& entries) {
  Json object = Json::object();
  for (const auto& [name, value] : entries) object[name] = value;
  return object;
}

Json ToJson(const Node& node) {
  if (node.is_scalar()) return ScalarToJson(node, true);
  if (node.kind == Kind::kSequence) {
    Json list = Json::array();
    for (const Node& item : node.items) list.push_back(ToJson(item));
    return list;
  }
  std::map<std::string, Json> entries;
  for (const Node::Entry& entry : node.entries) entries[entry.key] = ToJson(entry.value);
  return FromMap(entries);
}

Json TextToJson(const std::string& text) {
  auto parsed = yaml::Parse(text, "");
  if (!parsed || parsed->kind == Kind::kString) return text;
  return ToJson(*parsed);
}

}  // namespace

Result<Json> ExpandTree(const Node& node, const Expand& expand) {
  switch (node.kind) {
    case Kind::kString: {
      auto text = expand(node.text);
      if (!text) return Fail(text.error());
      return TextToJson(*text);
    }
    case Kind::kSequence: {
      Json list = Json::array();
      for (const Node& item : node.items) {
        auto value = ExpandTree(item, expand);
        if (!value) return value;
        list.push_back(*std::move(value));
      }
      return list;
    }
    case Kind::kMapping: {
      std::map<std::string, Json> entries;
      for (const Node::Entry& entry : node.entries) {
        auto name = expand(entry.key);
        if (!name) return Fail(name.error());
        auto value = ExpandTree(entry.value, expand);
        if (!value) return value;
        entries[*std::move(name)] = *std::move(value);
      }
      return FromMap(entries);
    }
    default:
      return ScalarToJson(node, false);
  }
}

}  // namespace tocsin::notify
