// The log lines worth a look: errors, retries, failovers and slow requests, the latest of each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "exporter/parse/log_record.h"

namespace tocsin::evidence {

enum class Class : uint8_t { kFailover, kError, kRetry, kSlow };
inline constexpr size_t kClassCount = 4;
/// "failover", "error" …
std::string_view ClassName(Class which);
std::optional<Class> ClassByName(std::string_view name);

/// A set of classes.
class Classes {
 public:
  void Add(Class which) { bits_ = static_cast<uint8_t>(bits_ | Bit(which)); }
  bool Has(Class which) const { return (bits_ & Bit(which)) != 0; }
  bool empty() const { return bits_ == 0; }

 private:
  static uint8_t Bit(Class which) { return static_cast<uint8_t>(1U << static_cast<unsigned>(which)); }
  uint8_t bits_ = 0;
};

struct Options {
  bool enabled = false;
  bool raw = false;  ///< query strings are kept
  Duration slow{1000};
  size_t lines = 400;
  size_t bytes = size_t{1} << 20;
  std::vector<std::string> extras;  ///< the names of LogRecord::Extra, by index
};

struct Entry {
  Timestamp at;
  uint64_t number = 0;  ///< ascending
  Classes classes;
  std::string pool;                                         ///< "" when there is none
  std::vector<std::pair<std::string, std::string>> fields;  ///< by our names or the variables'
  std::string line;      ///< "" when it can't be shown without a query string
  bool was_cut = false;  ///< the line was longer than what is kept of it
};

/// Each class has a quarter of the room, so that a flood of errors leaves the failover before it. A line of
/// several classes is kept as the first of them in the order of Class. Not thread safe: belongs to the strand
/// that reads the logs.
class Ring {
 public:
  static constexpr size_t kMaxLineBytes = 4096;

  explicit Ring(Options options) : options_(std::move(options)) {}

  /// Keeps one line. Query strings are gone before it is stored, unless Options::raw.
  void Add(Timestamp at, Classes classes, std::string_view pool, const parse::LogRecord& record,
           std::string_view line);

  /// Takes over what `other` has kept, which is empty then.
  void GoOnFrom(Ring& other) {
    shelves_ = std::exchange(other.shelves_, {});
    next_number_ = other.next_number_;
  }

  /// The latest `limit` entries of that pool and class, newest first; any when not given. Valid until the
  /// next Add().
  std::vector<const Entry*> Find(std::optional<std::string_view> pool, std::optional<Class> which,
                                 size_t limit) const;

  const Options& options() const { return options_; }
  size_t lines() const;
  size_t bytes() const;

 private:
  struct Shelf {
    std::deque<Entry> entries;  ///< oldest first
    size_t bytes = 0;
  };

  void TakeFields(const parse::LogRecord& record, Entry& entry) const;
  std::string TakeLine(const parse::LogRecord& record, std::string_view line) const;

  Options options_;
  std::array<Shelf, kClassCount> shelves_;
  uint64_t next_number_ = 0;
};

}  // namespace tocsin::evidence
