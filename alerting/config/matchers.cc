#include "alerting/config/matchers.h"

#include <map>
#include <string>

#include <fmt/format.h>

#include "alerting/model/matcher_syntax.h"

namespace tocsin::config {
namespace {

using model::MatchOp;
using yaml::Kind;
using yaml::MappingReader;
using yaml::Node;

void AddMap(MappingReader& in, std::string_view key, MatchOp op, model::Matchers& out) {
  const Node* map = in.Take(key);
  std::map<std::string, std::string> read;
  if (map == nullptr || !in.Optional(key, read)) return;
  for (const auto& [name, value] : read) {
    auto matcher = model::Matcher::Make(op, name, value);
    if (!model::IsClassicLabelName(name)) {  // the older maps know no others
      in.Fail(*map, fmt::format("invalid label name \"{}\"", name));
    } else if (!matcher) {
      in.Fail(*map, matcher.error().message());
    } else {
      out.push_back(*std::move(matcher));
    }
  }
}

}  // namespace

model::Matchers ReadMatchers(MappingReader& in, const MatcherKeys& keys) {
  model::Matchers all;
  AddMap(in, keys.equal, MatchOp::kEqual, all);
  AddMap(in, keys.regex, MatchOp::kRegex, all);
  const Node* list = in.Take(keys.list);
  if (list == nullptr || list->kind == Kind::kNull) return all;
  if (list->kind != Kind::kSequence) {
    in.Fail(*list, "expected a sequence of matchers");
    return all;
  }
  for (const Node& item : list->items) {
    std::string text;
    if (item.kind != Kind::kNull && !in.Check(yaml::Read(item, text))) continue;
    auto matchers = model::ParseMatchers(text);
    if (!matchers) {
      in.Fail(item, matchers.error().message());
      continue;
    }
    all.insert(all.end(), matchers->begin(), matchers->end());
  }
  return all;
}

}  // namespace tocsin::config
