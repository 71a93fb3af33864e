// What the demo service keeps elsewhere: hits and a cache in Redis, visits in PostgreSQL. Both may be away at
// any time; then calls fail at once, and the service answers without them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace tocsin::backend {

/// Thread safe.
class HitStore {
 public:
  virtual ~HitStore() = default;
  /// Counts one, and says how many there were.
  virtual Result<int64_t> CountHit() = 0;
  /// What was kept under `key`; nothing when it is not there or too old.
  virtual Result<std::optional<std::string>> Cached(std::string_view key) = 0;
  virtual Status Cache(std::string_view key, std::string_view text, Duration ttl) = 0;
  virtual Status Forget(std::string_view key) = 0;
  virtual bool away() const = 0;
};

struct Visit {
  std::string at;  ///< RFC 3339, UTC
  std::string pool;
  std::string release;
};

struct Visits {
  int64_t total = 0;
  std::vector<Visit> latest;  ///< the newest first
};

/// Thread safe.
class VisitStore {
 public:
  virtual ~VisitStore() = default;
  /// The new visit's number.
  virtual Result<int64_t> Record(std::string_view pool, std::string_view release) = 0;
  virtual Result<Visits> Latest(int limit) = 0;
  virtual bool away() const = 0;
};

/// Those that are null are not configured, which is not the same as away. They must outlive whoever holds
/// this.
struct Stores {
  HitStore* hits = nullptr;
  VisitStore* visits = nullptr;
};

}  // namespace tocsin::backend
