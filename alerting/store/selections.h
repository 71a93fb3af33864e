// What earlier selections came to. Rules ask for the same series every few seconds, and these change rarely:
// finding them anew, and putting them into the order of their labels, would cost more than reading them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "alerting/model/matcher.h"
#include "alerting/store/postings.h"

namespace tocsin::store {

/// Thread safe.
class Selections {
 public:
  struct Selection {
    SeriesIds ids;                ///< ascending
    std::vector<uint32_t> order;  ///< positions in `ids`, the least labels first
  };

  /// Equal for equal matchers.
  static std::string KeyOf(const model::Matchers& matchers);

  /// Null when there is none of that stamp (see Index::StampOf()).
  std::shared_ptr<const Selection> Find(const std::string& key, uint64_t stamp) const;
  /// Keeps it instead of what there was; forgets all others when there are too many series in them.
  void Put(const std::string& key, uint64_t stamp, std::shared_ptr<const Selection> selection);

  /// Bytes of memory.
  size_t memory() const;

 private:
  struct Kept {
    uint64_t stamp = 0;
    std::shared_ptr<const Selection> selection;
  };
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Kept> kept_;
  size_t series_ = 0;
};

}  // namespace tocsin::store
