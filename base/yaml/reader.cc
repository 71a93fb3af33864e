#include "base/yaml/reader.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/yaml/suggest.h"

namespace tocsin::yaml {
namespace {

/// A scalar's text is shown only where another scalar was wanted: in a collection's place it may be a secret.
tl::unexpected<Error> Expected(std::string_view what, const Node& node, bool show_text = true) {
  std::string found = fmt::format("a {}", KindName(node.kind));
  if (node.kind == Kind::kInt) found = "an int";
  if (node.kind == Kind::kNull) found = "nothing";
  if (show_text && node.is_scalar() && node.kind != Kind::kNull) found = fmt::format("\"{}\"", node.text);
  return Fail(ErrorCode::kInvalidArgument, fmt::format("expected {}, found {}", what, found), node.position);
}

/// go-yaml takes an integral float ("1e3") where a whole number is wanted, and cuts others; we refuse to cut.
std::optional<int64_t> WholeNumber(const Node& node) {
  if (node.kind == Kind::kInt) return node.int_value;
  constexpr double kLimit = 9.0e18;
  if (node.kind != Kind::kFloat || std::abs(node.float_value) > kLimit) return std::nullopt;
  if (std::trunc(node.float_value) != node.float_value) return std::nullopt;
  return static_cast<int64_t>(node.float_value);
}

}  // namespace

Status Read(const Node& node, std::string& out) {
  if (!node.is_scalar() || node.kind == Kind::kNull) return Expected("a string", node);
  out = node.text;
  return {};
}

Status Read(const Node& node, bool& out) {
  if (node.kind != Kind::kBool) return Expected("true or false", node);
  out = node.bool_value;
  return {};
}

Status Read(const Node& node, int64_t& out) {
  const std::optional<int64_t> value = WholeNumber(node);
  if (!value) return Expected("a whole number", node);
  out = *value;
  return {};
}

Status Read(const Node& node, uint64_t& out) {
  const std::optional<int64_t> value = WholeNumber(node);
  if (!value || *value < 0) return Expected("a whole number, not negative", node);
  out = static_cast<uint64_t>(*value);
  return {};
}

Status Read(const Node& node, int& out) {
  const std::optional<int64_t> value = WholeNumber(node);
  if (!value || *value < std::numeric_limits<int>::min() || *value > std::numeric_limits<int>::max()) {
    return Expected("a whole number", node);
  }
  out = static_cast<int>(*value);
  return {};
}

Status Read(const Node& node, double& out) {
  if (node.kind != Kind::kInt && node.kind != Kind::kFloat) return Expected("a number", node);
  out = node.float_value;
  return {};
}

Status Read(const Node& node, Duration& out) {
  if (!node.is_scalar() || node.kind == Kind::kNull) return Expected("a duration", node);
  const Result<Duration> duration = ParseDuration(node.text);
  if (!duration) return Fail(duration.error().At(node.position));
  out = *duration;
  return {};
}

Status Read(const Node& node, std::vector<std::string>& out) {
  if (node.kind != Kind::kSequence) return Expected("a sequence of strings", node, false);
  std::vector<std::string> read;
  for (const Node& item : node.items) {
    // go-yaml leaves an empty string where a null stands.
    if (Status status = Read(item, read.emplace_back()); !status && item.kind != Kind::kNull) return status;
  }
  out = std::move(read);
  return {};
}

Status Read(const Node& node, std::map<std::string, std::string>& out) {
  if (node.kind != Kind::kMapping) return Expected("a mapping of strings", node, false);
  std::map<std::string, std::string> read;
  for (const Node::Entry& entry : node.entries) {
    Status status = Read(entry.value, read[entry.key]);
    if (!status && entry.value.kind != Kind::kNull) return status;
  }
  out = std::move(read);
  return {};
}

MappingReader::MappingReader(const Node& node, Errors& errors)
    : node_(node), errors_(errors), readable_(node.kind == Kind::kMapping || node.kind == Kind::kNull) {
  if (!readable_) Check(Expected("a mapping", node, false));
}

const Node* MappingReader::Take(std::string_view key) {
  if (!readable_) return nullptr;
  known_.emplace(key);
  return node_.Find(key);
}

void MappingReader::Unsupported(std::string_view key, std::string_view why) {
  if (!readable_) return;
  known_.emplace(key);
  for (const Node::Entry& entry : node_.entries) {
    if (entry.key != key || entry.value.kind == Kind::kNull) continue;
    errors_.emplace_back(ErrorCode::kUnsupported,
                         fmt::format("\"{}\" is not supported{}{}", key, why.empty() ? "" : ": ", why),
                         entry.key_position);
  }
}

void MappingReader::Finish() {
  if (!readable_) return;
  for (const Node::Entry& entry : node_.entries) {
    if (known_.contains(entry.key)) continue;
    const std::string nearest = Nearest(entry.key, known_);
    const std::string hint = nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest);
    errors_.emplace_back(ErrorCode::kInvalidArgument, fmt::format("unknown key \"{}\"{}", entry.key, hint),
                         entry.key_position);
  }
}

bool MappingReader::Check(const Status& status) {
  if (!status) errors_.push_back(status.error());
  return status.has_value();
}

void MappingReader::Fail(const Node& at, std::string message) {
  errors_.emplace_back(ErrorCode::kInvalidArgument, std::move(message), at.position);
}

void MappingReader::Missing(std::string_view key) {
  if (!readable_) return;
  errors_.emplace_back(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is missing", key), node_.position);
}

}  // namespace tocsin::yaml
