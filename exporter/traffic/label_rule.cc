#include "exporter/traffic/label_rule.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <re2/re2.h>

#include "exporter/parse/values.h"

namespace tocsin::traffic {

namespace {

using parse::Field;

constexpr int kMostGroups = 10;

bool IsLabelName(std::string_view name) {
  const auto fits = [](char c, bool first) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && c >= '0' && c <= '9');
  };
  if (name.empty() || !fits(name[0], true)) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) { return fits(c, false); });
}

/// What "METHOD target VERSION" asks for.
std::string_view TargetOf(std::string_view request) {
  const size_t space = request.find(' ');
  if (space == std::string_view::npos) return {};
  request.remove_prefix(space + 1);
  return request.substr(0, request.find(' '));
}

std::string_view RawValue(const parse::LogRecord& record, const LabelSource& source) {
  if (!source.field) return record.Extra(source.extra);
  const std::string_view value = record.Value(*source.field);
  if (!value.empty()) return value;
  if (*source.field == Field::kUri) return TargetOf(record.Value(Field::kRequest));
  if (*source.field == Field::kMethod) return parse::MethodOfRequest(record.Value(Field::kRequest));
  return value;
}

}  // namespace

Result<LabelRule> LabelRule::Make(Options options) {
  if (!IsLabelName(options.name))
    return Fail(ErrorCode::kInvalidArgument, "\"" + options.name + "\" is not a label's name");
  if (options.name.starts_with("__"))
    return Fail(ErrorCode::kInvalidArgument, "labels that begin with \"__\" are Prometheus' own");
  for (const std::string_view ours : {"pool", "method", "status", "le"}) {
    if (options.name == ours)
      return Fail(ErrorCode::kInvalidArgument, "the label \"" + options.name + "\" is there already");
  }
  if (!options.routes.empty() && !options.map.empty())
    return Fail(ErrorCode::kInvalidArgument, "a label has routes or a map, not both");
  LabelRule rule;
  rule.name_ = std::move(options.name);
  rule.source_ = options.source;
  rule.otherwise_ = std::move(options.otherwise);
  auto routes = RouteTable::Make(options.routes);
  if (!routes) return Fail(routes.error());
  rule.routes_ = std::move(*routes);
  if (!rule.routes_.empty() && !rule.otherwise_) rule.otherwise_ = "other";
  rule.map_.reserve(options.map.size());
  for (const Mapping& mapping : options.map) {
    auto compiled = Compile(mapping);
    if (!compiled) return Fail(compiled.error());
    rule.map_.push_back(std::move(*compiled));
  }
  return rule;
}

Result<LabelRule::Compiled> LabelRule::Compile(const Mapping& mapping) {
  Compiled compiled;
  if (!mapping.is_regex) {
    compiled.value = mapping.value;
    compiled.to.push_back({mapping.to, -1});
    return compiled;
  }
  re2::RE2::Options quiet;
  quiet.set_log_errors(false);
  auto regex = std::make_shared<const re2::RE2>(mapping.value, quiet);
  if (!regex->ok())
    return Fail(ErrorCode::kInvalidArgument, "regex \"" + mapping.value + "\": " + regex->error());
  if (regex->NumberOfCapturingGroups() >= kMostGroups)
    return Fail(ErrorCode::kInvalidArgument, "regex \"" + mapping.value + "\" has more than 9 groups");
  Piece text;
  std::string_view rest = mapping.to;
  while (!rest.empty()) {
    const char first = rest[0];
    rest.remove_prefix(1);
    if (first != '$') {
      text.text += first;
      continue;
    }
    if (rest.starts_with('$')) {
      text.text += '$';
      rest.remove_prefix(1);
      continue;
    }
    const bool braced = rest.starts_with('{');
    const std::string_view digits = rest.substr(braced ? 1 : 0, 1);
    Piece group;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), group.group);
    const bool closed = !braced || rest.substr(2, 1) == "}";
    if (parsed.ec != std::errc{} || !closed || group.group > regex->NumberOfCapturingGroups())
      return Fail(ErrorCode::kInvalidArgument,
                  "\"" + mapping.to + "\" names a group that \"" + mapping.value + "\" does not have");
    rest.remove_prefix(braced ? 3 : 1);
    if (!text.text.empty()) compiled.to.push_back(std::exchange(text, {}));
    compiled.to.push_back(std::move(group));
  }
  if (!text.text.empty() || compiled.to.empty()) compiled.to.push_back(std::move(text));
  compiled.regex = std::move(regex);
  return compiled;
}

std::string_view LabelRule::Value(const parse::LogRecord& record, std::string& scratch) const {
  const std::string_view raw = RawValue(record, source_);
  if (raw.empty()) return {};
  if (!routes_.empty()) {
    if (const std::optional<std::string_view> route = routes_.Match(raw)) return *route;
  } else if (!map_.empty()) {
    return Mapped(raw, scratch);
  }
  return otherwise_ ? std::string_view(*otherwise_) : raw;
}

std::string_view LabelRule::Mapped(std::string_view raw, std::string& scratch) const {
  for (const Compiled& mapping : map_) {
    if (!mapping.regex) {
      if (mapping.value == raw) return mapping.to[0].text;
      continue;
    }
    std::array<re2::StringPiece, kMostGroups> groups;
    const int count = mapping.regex->NumberOfCapturingGroups() + 1;
    const re2::StringPiece text(raw.data(), raw.size());
    if (!mapping.regex->Match(text, 0, raw.size(), re2::RE2::ANCHOR_BOTH, groups.data(), count)) continue;
    if (mapping.to.size() == 1 && mapping.to[0].group < 0) return mapping.to[0].text;
    scratch.clear();
    for (const Piece& piece : mapping.to) {
      if (piece.group < 0) {
        scratch += piece.text;
      } else {
        const re2::StringPiece& group = groups[static_cast<size_t>(piece.group)];
        scratch.append(group.data(), group.size());
      }
    }
    return scratch;
  }
  return otherwise_ ? std::string_view(*otherwise_) : raw;
}

}  // namespace tocsin::traffic
