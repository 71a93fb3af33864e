// What a scrape loop remembers of the series that its target exposed.
//
// A target exposes nearly the same lines each time, in the same order. The cache keeps the entries in the
// order of the last scrape with a cursor, so that the usual line costs one comparison of its series text: no
// label is read, no hash computed, nothing allocated.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "alerting/model/appender.h"

namespace tocsin::collect {

/// Not thread safe; a loop's own.
class SeriesCache {
 public:
  struct Entry {
    std::string text;      ///< the series text as exposed
    model::Labels labels;  ///< as stored
    model::SeriesRef ref = 0;
    bool dropped = false;  ///< by metric relabelling
    bool tracked = false;  ///< ends with a stale marker: this scrape's sample had no time of its own
    bool live = false;     ///< tracked, and has samples since its last stale marker
    uint64_t round = 0;    ///< the scrape that showed it last
    size_t place = 0;      ///< in the order of the last complete scrape
  };

  /// Starts a scrape.
  void Begin();
  /// The series text that would come next if nothing had changed; "" for none.
  std::string_view Guess() const;
  /// The entry of that text, now the cursor's; nullptr when it is new.
  Entry* Find(std::string_view text);
  /// Makes the entry of a text that Find() did not know.
  Entry& Add(std::string_view text, model::Labels labels, bool dropped);
  /// Notes that this scrape showed the entry; false when it had already.
  bool See(Entry& entry);
  /// Ends a scrape that was complete: calls `gone` for each entry that it did not show, and forgets it.
  template <typename Function>
  void Finish(Function gone) {
    if (seen_before_ < order_.size()) {
      for (Entry* entry : order_) {
        if (entry->round != round_) gone(*entry);
      }
    }
    Renew();
  }
  /// Ends a scrape that failed: forgets what it added, since nothing of it was stored.
  void Abandon();
  /// Every entry of the cache, in no order.
  template <typename Function>
  void ForEach(Function function) {
    for (auto& [text, entry] : by_text_) function(*entry);
  }

  size_t size() const { return by_text_.size(); }

 private:
  void Renew();

  std::unordered_map<std::string_view, std::unique_ptr<Entry>> by_text_;  // the key is the entry's own text
  std::vector<Entry*> order_;                                             // of the last complete scrape
  std::vector<Entry*> seen_;                                              // by this scrape
  size_t cursor_ = 0;                                                     // in order_
  size_t seen_before_ = 0;  // how many of order_ this scrape showed
  uint64_t round_ = 0;
};

}  // namespace tocsin::collect
