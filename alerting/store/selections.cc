#include "alerting/store/selections.h"

#include <utility>

namespace tocsin::store {
namespace {

// Eight bytes each; a selection counts as a few more than it has, for its entry.
constexpr size_t kMostSeries = size_t{512} * 1024;
constexpr size_t kEntry = 32;

size_t CostOf(const Selections::Selection& selection) { return selection.ids.size() + kEntry; }

}  // namespace

std::string Selections::KeyOf(const model::Matchers& matchers) {
  std::string key;
  auto add = [&key](std::string_view text) {
    const auto length = static_cast<uint32_t>(text.size());
    key.append(reinterpret_cast<const char*>(&length), sizeof(length)).append(text);
  };
  for (const model::Matcher& matcher : matchers) {
    key += static_cast<char>(matcher.op());
    add(matcher.name());
    add(matcher.value());
  }
  return key;
}

std::shared_ptr<const Selections::Selection> Selections::Find(const std::string& key, uint64_t stamp) const {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(key);
  return found == kept_.end() || found->second.stamp != stamp ? nullptr : found->second.selection;
}

void Selections::Put(const std::string& key, uint64_t stamp, std::shared_ptr<const Selection> selection) {
  const size_t cost = CostOf(*selection);
  if (cost > kMostSeries / 4) return;
  const std::lock_guard lock(mutex_);
  if (series_ + cost > kMostSeries) {
    kept_.clear();
    series_ = 0;
  }
  Kept& kept = kept_[key];
  if (kept.selection) series_ -= CostOf(*kept.selection);
  series_ += cost;
  kept = {stamp, std::move(selection)};
}

size_t Selections::memory() const {
  const std::lock_guard lock(mutex_);
  return series_ * (sizeof(SeriesId) + sizeof(uint32_t));
}

}  // namespace tocsin::store
