#include "exporter/traffic/http_terms.h"

#include <array>
#include <bit>

#include "exporter/parse/scan.h"
#include "exporter/parse/values.h"

namespace tocsin::traffic {

namespace {

constexpr std::array<std::string_view, kMethodCount> kMethods = {
    "other", "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};

constexpr std::array<std::string_view, kStatusCount> kStatuses = {
    "other", "100", "101", "102", "103", "200", "201", "202", "203", "204", "205", "206", "207", "208", "226",
    "300",   "301", "302", "303", "304", "305", "306", "307", "308", "400", "401", "402", "403", "404", "405",
    "406",   "407", "408", "409", "410", "411", "412", "413", "414", "415", "416", "417", "418", "421", "422",
    "423",   "424", "425", "426", "428", "429", "431", "444", "451", "494", "495", "496", "497", "498", "499",
    "500",   "501", "502", "503", "504", "505", "506", "507", "508", "510", "511"};

/// The known methods by their bytes in one word, at the place that a multiplication gives each: which of them
/// a client sends nobody can foretell, so there is nothing to branch on.
class MethodTable {
 public:
  constexpr MethodTable() {
    for (size_t i = 1; i < kMethods.size(); ++i) {
      uint64_t word = 0;
      for (size_t j = 0; j < kMethods[i].size(); ++j)
        word |= uint64_t{static_cast<unsigned char>(kMethods[i][j])} << (8 * j);
      Entry& entry = entries_[PlaceOf(word)];
      is_perfect_ = is_perfect_ && entry.word == 0;
      entry = {word, i};
    }
  }

  constexpr bool is_perfect() const { return is_perfect_; }
  /// `word` is not 0.
  size_t Find(uint64_t word) const {
    const Entry& entry = entries_[PlaceOf(word)];
    return entry.word == word ? entry.index : 0;
  }

 private:
  struct Entry {
    uint64_t word = 0;
    size_t index = 0;
  };
  static constexpr size_t PlaceOf(uint64_t word) { return (word * 0x35bf992dc9e9c617U) >> 60U; }

  std::array<Entry, 16> entries_{};
  bool is_perfect_ = true;
};

constexpr MethodTable kMethodTable;
static_assert(kMethodTable.is_perfect());

constexpr std::array<uint8_t, 600> MakeStatusIndices() {
  std::array<uint8_t, 600> indices{};
  for (size_t i = 1; i < kStatuses.size(); ++i) {
    size_t status = 0;
    for (const char digit : kStatuses[i]) status = status * 10 + static_cast<size_t>(digit - '0');
    indices[status] = static_cast<uint8_t>(i);
  }
  return indices;
}

}  // namespace

constinit const std::array<uint8_t, 600> kStatusIndices = MakeStatusIndices();

size_t MethodIndex(std::string_view method) {
  if (method == "GET") return 1;
  for (size_t i = 2; i < kMethods.size(); ++i) {
    if (kMethods[i] == method) return i;
  }
  return 0;
}

size_t MethodIndexOfRequest(std::string_view request) {
  constexpr size_t kWord = sizeof(uint64_t);
  if (request.size() < kWord) return MethodIndex(parse::MethodOfRequest(request));
  const auto word = parse::LoadWord<uint64_t>(request.data());
  const uint64_t without_spaces = word ^ 0x2020202020202020U;
  const uint64_t spaces = (without_spaces - 0x0101010101010101U) & ~without_spaces & 0x8080808080808080U;
  if (spaces == 0) return 0;  // no known method is that long
  const auto first_bit = static_cast<unsigned>(std::countr_zero(spaces)) - 7U;
  if (first_bit == 0) return 0;
  return kMethodTable.Find(word & ((uint64_t{1} << first_bit) - 1));
}

std::string_view MethodName(size_t index) { return kMethods[index]; }

std::string_view StatusName(size_t index) { return kStatuses[index]; }

}  // namespace tocsin::traffic
