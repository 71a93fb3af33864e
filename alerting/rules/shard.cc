#include "alerting/rules/shard.h"

#include <charconv>
#include <string>

#include <fmt/format.h>

namespace tocsin::rules {
namespace {

constexpr uint64_t kFnvOffset = 14695981039346656037U;
constexpr uint64_t kFnvPrime = 1099511628211U;

/// FNV-1a 64: the same in every build and on every machine.
uint64_t StableHash(std::string_view text, uint64_t hash = kFnvOffset) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
  return hash;
}

bool ReadNumber(std::string_view text, uint64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<Shard> Shard::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  Shard shard;
  if (slash != std::string_view::npos && ReadNumber(text.substr(0, slash), shard.index) &&
      ReadNumber(text.substr(slash + 1), shard.count) && shard.index >= 1 && shard.index <= shard.count) {
    return shard;
  }
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("a shard is I/N with I from 1 to N, as in 2/3, not \"{}\"", text));
}

bool Shard::Has(std::string_view file, std::string_view group) const {
  return StableHash(group, StableHash(";", StableHash(file))) % count == index - 1;
}

void Keep(const Shard& shard, GroupSpecs& groups) {
  std::erase_if(groups, [&](const auto& group) { return !shard.Has(group->file, group->name); });
}

}  // namespace tocsin::rules
