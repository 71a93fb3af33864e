#include "alerting/collect/scrape/series_cache.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

namespace tocsin::collect {
namespace {

/// How far to look for a text behind the cursor before hashing: a few series that went leave a gap.
constexpr SeriesCache::Place kLookAhead = 8;

/// What scrapes that failed may leave beside twice the series of the last complete one.
constexpr size_t kMostOfFailures = 1000;

/// Each so many texts one stands whole, so that any is read in as many steps at most.
constexpr SeriesCache::Place kRun = 16;

/// Of that many rests it is known whether one recurs: more than a family of a page has lines.
constexpr size_t kRecentRests = 4096;

/// The length of a rest is a byte; this one says that it stands in the four behind it.
constexpr unsigned char kLongRest = 0xff;

}  // namespace

std::string_view SeriesCache::Walker::Read(const SeriesCache& cache, Place place) {
  const Place run = place - place % kRun;
  const bool follows = place_ != kNone && place_ >= run && place_ <= place;
  for (Place at = follows ? place_ + 1 : run; at <= place; ++at) {
    text_.resize(cache.entries_[at].shared);
    text_ += cache.RestAt(cache.entries_[at].rest);
  }
  place_ = place;
  return text_;
}

/// Makes the entry the last one; `before` is the text of the one before.
void SeriesCache::PutText(Entry entry, std::string_view before, std::string_view text) {
  entry.shared = 0;
  if (entries_.size() % kRun != 0) {
    const size_t most = std::min({before.size(), text.size(), size_t{std::numeric_limits<uint16_t>::max()}});
    const auto differs =
        std::mismatch(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(most), before.begin());
    entry.shared = static_cast<uint16_t>(differs.first - text.begin());
  }
  entry.rest = PutRest(text.substr(entry.shared));
  entries_.push_back(entry);
}

std::string_view SeriesCache::RestAt(uint32_t at) const {
  const char* const begin = rests_.data() + at;
  uint32_t length = static_cast<unsigned char>(*begin);
  if (length != kLongRest) return {begin + 1, length};
  std::memcpy(&length, begin + 1, sizeof(length));
  return {begin + 1 + sizeof(length), length};
}

/// Where it stands, which may be where it stood.
uint32_t SeriesCache::PutRest(std::string_view rest) {
  if (recent_rests_.empty()) recent_rests_.assign(kRecentRests, kNone);
  uint32_t& known = recent_rests_[std::hash<std::string_view>{}(rest) % kRecentRests];
  if (known != kNone && RestAt(known) == rest) return known;
  known = static_cast<uint32_t>(rests_.size());
  const auto length = static_cast<uint32_t>(rest.size());
  if (length < kLongRest) {
    rests_.push_back(static_cast<char>(length));
  } else {
    rests_.push_back(static_cast<char>(kLongRest));
    rests_.append(reinterpret_cast<const char*>(&length), sizeof(length));
  }
  rests_ += rest;
  return known;
}

/// Keeps the first ones, and what these need.
void SeriesCache::Shorten(size_t entries) {
  entries_.resize(entries);
  size_t end = 0;
  for (const Entry& entry : entries_) {
    const std::string_view rest = RestAt(entry.rest);
    end = std::max(end, static_cast<size_t>(rest.data() + rest.size() - rests_.data()));
  }
  rests_.resize(end);
  recent_rests_ = {};
}

void SeriesCache::Begin() {
  for (Entry& entry : entries_) entry.seen = false;
  complete_ = entries_.size();
  cursor_ = 0;
  last_added_ = entries_.empty() ? std::string() : Text(static_cast<Place>(entries_.size() - 1));
  disturbed_ = false;
  order_.clear();
}

SeriesCache::Place SeriesCache::Search(std::string_view text) {
  const auto end = static_cast<Place>(std::min<size_t>(complete_, size_t{cursor_} + kLookAhead));
  Walker walker;
  if (cursor_ + 1 < end) walker = at_cursor_;
  for (Place place = cursor_ + 1; place < end; ++place) {
    if (walker.Read(*this, place) == text) return place;
  }
  if (index_.empty()) MakeIndex();
  const size_t mask = index_.size() - 1;
  for (size_t i = std::hash<std::string_view>{}(text)&mask; index_[i] != kNone; i = (i + 1) & mask) {
    if (walker.Read(*this, index_[i]) == text) return index_[i];
  }
  return kNone;
}

SeriesCache::Place SeriesCache::Add(std::string_view text, bool dropped) {
  constexpr size_t kMostBytes = kNone - 1 - sizeof(uint32_t) - 1;
  if (text.size() > kMostBytes - rests_.size() || entries_.size() >= kNone - 1) return kNone;
  const auto place = static_cast<Place>(entries_.size());
  PutText({.dropped = dropped}, last_added_, text);
  last_added_ = text;
  if (entries_.size() * 2 > index_.size()) {
    MakeIndex();
  } else {
    PutIntoIndex(place, text);
  }
  return place;
}

void SeriesCache::MakeIndex() {
  size_t size = 64;
  while (size < entries_.size() * 4) size *= 2;
  index_.assign(size, kNone);
  Walker walker;
  for (Place place = 0; place < entries_.size(); ++place) PutIntoIndex(place, walker.Read(*this, place));
}

void SeriesCache::PutIntoIndex(Place place, std::string_view text) {
  const size_t mask = index_.size() - 1;
  size_t i = std::hash<std::string_view>{}(text)&mask;
  while (index_[i] != kNone) i = (i + 1) & mask;
  index_[i] = place;
}

/// A new series leaves the cursor where the scrape will go on; one of the last scrape takes it along.
bool SeriesCache::SeeElsewhere(Place place) {
  if (!disturbed_) {
    order_.resize(cursor_);
    std::iota(order_.begin(), order_.end(), Place{0});
    disturbed_ = true;
  }
  order_.push_back(place);
  if (place < complete_) cursor_ = place + 1;
  return true;
}

void SeriesCache::Abandon() {
  if (entries_.size() > 2 * last_complete_ + kMostOfFailures) return Undo();
  index_ = {};
  at_cursor_.Forget();
}

void SeriesCache::Undo() {
  if (entries_.size() > complete_) Shorten(complete_);
  index_ = {};
  at_cursor_.Forget();
}

void SeriesCache::Reorder() {
  SeriesCache changed;
  changed.entries_.reserve(order_.size());
  changed.rests_.reserve(rests_.size());
  Walker walker;
  std::string before;
  for (const Place place : order_) {
    const std::string_view text = walker.Read(*this, place);
    changed.PutText(entries_[place], before, text);
    before = text;
  }
  entries_ = std::move(changed.entries_);
  rests_ = std::move(changed.rests_);
}

void SeriesCache::Renew() {
  const bool grew = entries_.size() > complete_;
  if (disturbed_) {
    Reorder();
  } else if (cursor_ < entries_.size()) {  // the last ones are gone
    Shorten(cursor_);
  }
  if (grew || disturbed_) {
    entries_.shrink_to_fit();
    rests_.shrink_to_fit();
    recent_rests_ = {};
  }
  for (Entry& entry : entries_) entry.live = entry.tracked;
  last_complete_ = entries_.size();
  order_ = {};
  index_ = {};
  at_cursor_.Forget();
}

}  // namespace tocsin::collect
