#include "exporter/parse/name_map.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tocsin::parse {

Result<NameMap> NameMap::Make(ParserOptions options) {
  if (options.extras.size() > kMaxExtras) {
    return Fail(ErrorCode::kInvalidArgument,
                "at most " + std::to_string(kMaxExtras) + " variables can be taken beside the known fields");
  }
  for (auto extra = options.extras.begin(); extra != options.extras.end(); ++extra) {
    if (std::find(options.extras.begin(), extra, *extra) != extra)
      return Fail(ErrorCode::kInvalidArgument, "variable " + *extra + " is asked for twice");
  }
  NameMap names;
  names.options_ = std::move(options);
  for (const Alias& alias : names.options_.aliases) {
    if (names.FindMeaning(alias.means).empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  alias.name + " can't stand for " + alias.means + ", which is no known field");
    }
  }
  return names;
}

Targets NameMap::Find(std::string_view name) const {
  for (const Alias& alias : options_.aliases) {
    if (alias.name == name) {
      Targets targets = FindMeaning(alias.means);
      if (targets.extra == Targets::kNone) targets.extra = FindMeaning(name).extra;
      return targets;
    }
  }
  return FindMeaning(name);
}

Targets NameMap::FindMeaning(std::string_view name) const {
  Targets targets;
  if (const std::optional<Field> field = FieldByName(name)) targets.field = static_cast<uint8_t>(*field);
  const auto extra = std::find(options_.extras.begin(), options_.extras.end(), name);
  if (extra != options_.extras.end())
    targets.extra = static_cast<uint8_t>(std::distance(options_.extras.begin(), extra));
  return targets;
}

NameMap NameMap::With(std::vector<Alias> aliases) const {
  NameMap names = *this;
  names.options_.aliases.insert(names.options_.aliases.begin(), std::make_move_iterator(aliases.begin()),
                                std::make_move_iterator(aliases.end()));
  return names;
}

}  // namespace tocsin::parse
