#include <cstdlib>

#include <fmt/format.h>

#include "base/yaml/reader.h"
#include "base/yaml/scalar.h"

namespace tocsin::yaml {
namespace {

/// One ${NAME} or ${NAME:-default}.
struct Reference {
  std::string name;
  std::optional<std::string_view> fallback;
  size_t length = 0;  ///< of the whole, 0 when the text is no reference
};

bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsNameChar(char c) { return IsNameStart(c) || (c >= '0' && c <= '9'); }

Reference ReadReference(std::string_view text) {
  constexpr std::string_view kDefault = ":-";
  if (!text.starts_with("${")) return {};
  size_t end = 2;
  if (end >= text.size() || !IsNameStart(text[end])) return {};
  while (end < text.size() && IsNameChar(text[end])) ++end;
  const std::string name(text.substr(2, end - 2));
  const size_t close = text.find('}', end);
  if (close == std::string_view::npos) return {};
  if (close == end) return {name, std::nullopt, close + 1};
  if (!text.substr(end).starts_with(kDefault)) return {};
  end += kDefault.size();
  return {name, text.substr(end, close - end), close + 1};
}

class Expander {
 public:
  Expander(const Environment& environment, const std::set<std::string>& literal_keys, Errors& errors)
      : environment_(environment), literal_keys_(literal_keys), errors_(errors) {}

  void Expand(Node& node) {
    for (Node& item : node.items) Expand(item);
    for (Node::Entry& entry : node.entries) {
      if (!literal_keys_.contains(entry.key)) Expand(entry.value);
    }
    if (node.is_scalar()) ExpandScalar(node);
  }

 private:
  void ExpandScalar(Node& node) {
    if (node.text.find("${") == std::string::npos) return;
    std::string out;
    const std::string_view text = node.text;
    bool changed = false;
    for (size_t i = 0; i < text.size();) {
      const size_t taken = ExpandAt(text.substr(i), node.position, out);
      if (taken == 0) {
        const size_t literal = text.substr(i).starts_with("$$") ? 2 : 1;
        out += text.substr(i, literal);
        i += literal;
        continue;
      }
      i += taken;
      changed = true;
    }
    if (!changed) return;
    node = node.quoted ? QuotedScalar(std::move(out), node.position)
                       : PlainScalar(std::move(out), node.position);
  }

  /// Appends a reference's value; the length of the reference, 0 when there is none.
  size_t ExpandAt(std::string_view text, const Position& at, std::string& out) {
    const Reference reference = ReadReference(text);
    if (reference.length == 0) return 0;
    const std::optional<std::string> value = environment_(reference.name);
    if (reference.fallback && (!value || value->empty())) {
      out += *reference.fallback;
    } else if (value) {
      out += *value;
    } else {
      errors_.emplace_back(ErrorCode::kInvalidArgument,
                           fmt::format("the environment variable {0} is not set (a default is written "
                                       "${{{0}:-value}})",
                                       reference.name),
                           at);
    }
    return reference.length;
  }

  const Environment& environment_;
  const std::set<std::string>& literal_keys_;
  Errors& errors_;
};

}  // namespace

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

void ExpandEnvironment(Node& node, const Environment& environment, const std::set<std::string>& literal_keys,
                       Errors& errors) {
  Expander(environment, literal_keys, errors).Expand(node);
}

}  // namespace tocsin::yaml
