// Names out of the log (pools, upstream addresses, releases) to small dense numbers.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tocsin::traffic {

/// What a log calls something, made fit to be a label's value: bytes that are not UTF-8 become U+FFFD (a
/// scraper would refuse the whole page), and no more than 200 bytes are kept.
std::string ToLabelValue(std::string_view raw);

/// Names stay until they are removed; then their ids are given to others. 0 is kOther and 1 kAbsent, whose
/// name is "".
class NameTable {
 public:
  using Id = uint32_t;
  static constexpr Id kOther = 0;
  static constexpr Id kAbsent = 1;

  NameTable();

  /// The id of a name that is known. A name seen again lately takes some nanoseconds.
  bool Find(std::string_view raw, Id& id) const;
  /// Of any name; a new one is added.
  Id Add(std::string_view raw);
  /// Forgets a name; kOther and kAbsent stay.
  void Remove(Id id);

  const std::string& Name(Id id) const { return names_[id]; }
  /// Above all ids that are in use.
  Id size() const { return static_cast<Id>(names_.size()); }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  bool FindExact(std::string_view name, Id& id) const;

  std::vector<std::string> names_;
  std::unordered_map<std::string, Id, Hash, std::equal_to<>> ids_;
  std::vector<Id> free_;
  mutable std::array<Id, 4> recent_{};
  mutable size_t next_recent_ = 0;
};

}  // namespace tocsin::traffic
