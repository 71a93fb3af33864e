#include "alerting/storage_options.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace tocsin::app {

Duration StorageOptions::effective_retention() const {
  constexpr Duration kInMemory = std::chrono::hours(2);
  constexpr Duration kOnDisk = std::chrono::hours(15 * 24);
  return retention.value_or(path.empty() ? kInMemory : kOnDisk);
}

std::string StorageOptions::RetentionText() const {
  std::string text = FormatDuration(effective_retention());
  if (retention_bytes == 0) return text;
  static constexpr std::array<std::string_view, 6> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  size_t unit = 0;
  uint64_t count = retention_bytes;
  for (; unit + 1 < kUnits.size() && count % 1024 == 0; ++unit) count /= 1024;
  return fmt::format("{} or {}{}", text, count, kUnits[unit]);
}

Status ParseWalSync(const std::string& text, StorageOptions& options) {
  if (text == "always" || text == "off") {
    options.sync = text == "off" ? store::SyncMode::kOff : store::SyncMode::kAlways;
    return {};
  }
  const Result<Duration> interval = ParseDuration(text);
  if (!interval || interval->count() == 0) {
    return Fail(ErrorCode::kInvalidArgument, "expected a duration as \"200ms\", \"always\" or \"off\"");
  }
  options.sync = store::SyncMode::kInterval;
  options.sync_interval = *interval;
  return {};
}

Result<std::unique_ptr<store::Store>> OpenStore(const StorageOptions& options, const Clock& clock,
                                                const Logger& log) {
  const store::StoreOptions limits{.retention = options.effective_retention(),
                                   .max_series = options.max_series};
  if (options.path.empty()) {
    log.Info("Samples are kept in memory alone; --storage.path=DIR keeps them on disk",
             {{"retention", FormatDuration(limits.retention)}});
    return std::make_unique<store::Store>(limits);
  }
  store::DiskOptions disk;
  disk.folder = options.path;
  disk.wal.sync = options.sync;
  disk.wal.sync_interval = options.sync_interval;
  disk.retention_bytes = options.retention_bytes;
  return store::Store::Open(limits, std::move(disk), clock, log);
}

}  // namespace tocsin::app
