#include "alerting/collect/scrape/series_cache.h"

#include <utility>

namespace tocsin::collect {
namespace {

constexpr size_t kNoPlace = static_cast<size_t>(-1);

}  // namespace

void SeriesCache::Begin() {
  ++round_;
  cursor_ = 0;
  seen_before_ = 0;
  seen_.clear();
}

std::string_view SeriesCache::Guess() const {
  return cursor_ < order_.size() ? std::string_view(order_[cursor_]->text) : std::string_view();
}

SeriesCache::Entry* SeriesCache::Find(std::string_view text) {
  if (cursor_ < order_.size() && order_[cursor_]->text == text) return order_[cursor_++];
  auto found = by_text_.find(text);
  if (found == by_text_.end()) return nullptr;
  Entry* entry = found->second.get();
  if (entry->place != kNoPlace) cursor_ = entry->place + 1;
  return entry;
}

SeriesCache::Entry& SeriesCache::Add(std::string_view text, model::Labels labels, bool dropped) {
  auto entry = std::make_unique<Entry>();
  entry->text = text;
  entry->labels = std::move(labels);
  entry->dropped = dropped;
  entry->place = kNoPlace;
  Entry& added = *entry;
  by_text_.emplace(std::string_view(added.text), std::move(entry));
  return added;
}

bool SeriesCache::See(Entry& entry) {
  if (entry.round == round_) return false;
  entry.round = round_;
  if (entry.place != kNoPlace) ++seen_before_;
  seen_.push_back(&entry);
  return true;
}

void SeriesCache::Abandon() {
  seen_.clear();
  std::erase_if(by_text_, [](const auto& item) { return item.second->place == kNoPlace; });
}

void SeriesCache::Renew() {
  const bool some_gone = seen_before_ < order_.size() || by_text_.size() > seen_.size();
  if (some_gone) std::erase_if(by_text_, [&](const auto& item) { return item.second->round != round_; });
  std::swap(order_, seen_);
  for (size_t i = 0; i < order_.size(); ++i) {
    order_[i]->place = i;
    order_[i]->live = order_[i]->tracked;
  }
}

}  // namespace tocsin::collect
