// What a scrape loop remembers of the series that its target exposed.
//
// A target exposes nearly the same lines each time, in the same order. So the cache is the last scrape's
// series texts, and for each the store's short name: 16 bytes and what the text has that the one before has
// not, since neighbours begin alike. Such rests stand in one block, each but once where they recur soon,
// since the families of a page end alike. A cursor walks along, and the usual line costs one comparison with
// the text under it: no label is read, no hash computed, nothing allocated. Only when a text is not where it
// is expected are all of them hashed, once in that scrape.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "alerting/model/appender.h"

namespace tocsin::collect {

/// Not thread safe; a loop's own.
class SeriesCache {
 public:
  /// A series' place: in the order of the last complete scrape, then those added since; valid until Finish(),
  /// Abandon() or Undo().
  using Place = uint32_t;
  static constexpr Place kNone = 0xffffffff;

  struct Entry {
    model::SeriesRef ref = 0;
    uint32_t rest = 0;         ///< where the rest of its text stands,
    uint16_t shared = 0;       ///< which follows so many bytes of the text before
    bool dropped : 1 = false;  ///< by metric relabelling
    bool tracked : 1 = false;  ///< ends with a stale marker: this scrape's sample had no time of its own
    bool live : 1 = false;     ///< tracked, and has samples since its last stale marker
    bool seen : 1 = false;     ///< by this scrape
  };

  /// Starts a scrape.
  void Begin();
  /// The series text that would come next if nothing had changed; "" for none.
  /// Valid until the next call.
  std::string_view Guess() {
    return cursor_ < entries_.size() ? at_cursor_.Read(*this, cursor_) : std::string_view();
  }
  /// The place of the text that Guess() gave.
  Place Guessed() const { return cursor_; }
  /// The place of a text; kNone when it is new.
  Place Find(std::string_view text) {
    return cursor_ < entries_.size() && Guess() == text ? cursor_ : Search(text);
  }
  /// Makes the entry of a text that Find() did not know; kNone when there is no room for more text (4 GiB).
  Place Add(std::string_view text, bool dropped);
  /// Notes that this scrape showed the entry; false when it had already.
  bool See(Place place) {
    if (entries_[place].seen) return false;
    entries_[place].seen = true;
    if (place != cursor_ || disturbed_) return SeeElsewhere(place);
    ++cursor_;
    return true;
  }
  /// Ends a scrape that was complete: calls `gone` for each entry that it did not show, and forgets it.
  template <typename Function>
  void Finish(Function gone) {
    if (disturbed_ || cursor_ < entries_.size()) {
      for (const Entry& entry : entries_) {
        if (!entry.seen) gone(entry);
      }
    }
    Renew();
  }
  /// Ends a scrape that failed. What it added stays, so that the next one does not count it as new again,
  /// unless failing scrapes of ever other series have filled the cache; a complete scrape forgets what it
  /// does not show.
  void Abandon();
  /// Ends a scrape of which not all came: forgets what it added.
  void Undo();

  Entry& entry(Place place) { return entries_[place]; }
  std::string Text(Place place) const { return std::string(Walker().Read(*this, place)); }
  std::vector<Entry>& entries() { return entries_; }
  const std::vector<Entry>& entries() const { return entries_; }
  size_t size() const { return entries_.size(); }

 private:
  /// Reads texts, quickly those that follow each other.
  class Walker {
   public:
    /// Valid until the next call.
    std::string_view Read(const SeriesCache& cache, Place place);
    void Forget() { place_ = kNone; }

   private:
    Place place_ = kNone;
    std::string text_;
  };

  std::string_view RestAt(uint32_t at) const;
  void PutText(Entry entry, std::string_view before, std::string_view text);
  uint32_t PutRest(std::string_view rest);
  void Shorten(size_t entries);
  Place Search(std::string_view text);
  bool SeeElsewhere(Place place);
  void MakeIndex();
  void PutIntoIndex(Place place, std::string_view text);
  void Reorder();
  void Renew();

  std::vector<Entry> entries_;
  std::string rests_;                   // before each stands its length
  std::vector<uint32_t> recent_rests_;  // by their hash; empty until there is something to add
  size_t complete_ = 0;       // how many entries there were when this scrape began; the rest it added
  size_t last_complete_ = 0;  // how many the last complete scrape showed
  Place cursor_ = 0;          // in entries_
  Walker at_cursor_;
  std::string last_added_;
  bool disturbed_ = false;    // something was not where it was expected
  std::vector<Place> order_;  // what this scrape showed, in its order, once disturbed_
  std::vector<Place> index_;  // open addressing, by the text's hash; empty until it is needed
};

}  // namespace tocsin::collect
