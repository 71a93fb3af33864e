// Reads TZif files (RFC 8536): a header, then for the 64-bit block the transition times, the type of time
// that each begins, the types, and their abbreviations; a footer says what comes after the last transition.
#include "alerting/template/zone.h"

#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "base/files.h"

namespace tocsin::templating {
namespace {

constexpr std::string_view kDatabase = "/usr/share/zoneinfo/";
constexpr size_t kHeaderBytes = 44;
constexpr size_t kMaxFileBytes = 1 << 20;

int64_t BigEndian(std::string_view bytes, size_t at, size_t width) {
  if (at + width > bytes.size()) return 0;
  uint64_t value = 0;
  for (size_t i = 0; i < width; ++i) value = (value << 8) | static_cast<unsigned char>(bytes[at + i]);
  if (width == 4) return static_cast<int32_t>(static_cast<uint32_t>(value));
  return static_cast<int64_t>(value);
}

struct Counts {
  size_t utc_flags, wall_flags, leaps, times, types, characters;

  explicit Counts(std::string_view header)
      : utc_flags(Count(header, 20)),
        wall_flags(Count(header, 24)),
        leaps(Count(header, 28)),
        times(Count(header, 32)),
        types(Count(header, 36)),
        characters(Count(header, 40)) {}
  static size_t Count(std::string_view header, size_t at) {
    return static_cast<uint32_t>(BigEndian(header, at, 4));
  }
  size_t Bytes(size_t time_width) const {
    return times * (time_width + 1) + types * 6 + characters + leaps * (time_width + 4) + wall_flags +
           utc_flags;
  }
};

bool IsZoneName(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find("..") != std::string_view::npos) return false;
  return name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
         std::string_view::npos;
}

tl::unexpected<Error> Malformed(const std::string& zone) {
  return Fail(ErrorCode::kInvalidArgument, "malformed time zone information for " + zone);
}

Result<LocalTimeType> Find(std::string_view file, const std::string& zone, int64_t second) {
  if (file.size() < kHeaderBytes || !file.starts_with("TZif") || file[4] < '2') return Malformed(zone);
  const size_t first_block = Counts(file).Bytes(4);
  if (first_block > file.size() || file.size() - first_block < 2 * kHeaderBytes) return Malformed(zone);
  file.remove_prefix(kHeaderBytes + first_block);
  const Counts counts(file);
  file.remove_prefix(kHeaderBytes);
  if (counts.Bytes(8) > file.size() || counts.types == 0) return Malformed(zone);

  size_t after = 0;  // the first transition later than the instant
  while (after < counts.times && BigEndian(file, after * 8, 8) <= second) ++after;
  const std::string_view footer = file.substr(counts.Bytes(8));
  if (after == counts.times && footer.find(',') != std::string_view::npos) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("the system's rules of time zone {} end before that time", zone));
  }
  const size_t type = after == 0 ? 0 : static_cast<unsigned char>(file[counts.times * 8 + after - 1]);
  const size_t entry = counts.times * 9 + type * 6;
  const size_t names = counts.times * 9 + counts.types * 6;
  if (type >= counts.types) return Malformed(zone);
  const std::string_view abbreviation = file.substr(names, counts.characters);
  const auto start = static_cast<unsigned char>(file[entry + 5]);
  if (start >= abbreviation.size()) return Malformed(zone);
  return LocalTimeType{std::chrono::seconds(BigEndian(file, entry, 4)),
                       std::string(abbreviation.substr(start, abbreviation.find('\0', start) - start))};
}

}  // namespace

Result<LocalTimeType> LookUpZone(const std::string& zone, Timestamp at) {
  if (zone.empty() || zone == "UTC") return LocalTimeType{std::chrono::seconds(0), "UTC"};
  if (!IsZoneName(zone)) return Fail(ErrorCode::kInvalidArgument, "unknown time zone " + zone);
  const auto file = ReadFile(std::string(kDatabase) + zone, kMaxFileBytes);
  if (!file) return Fail(ErrorCode::kInvalidArgument, "unknown time zone " + zone);
  const int64_t second = at.millis() / 1000 - (at.millis() % 1000 < 0 ? 1 : 0);
  return Find(*file, zone, second);
}

}  // namespace tocsin::templating
