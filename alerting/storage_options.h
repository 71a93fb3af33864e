// How the flags of the storage say it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "alerting/store/store.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/time.h"

namespace tocsin::app {

struct StorageOptions {
  std::string path;                   ///< the folder; "": samples live in memory, as long as the process
  std::optional<Duration> retention;  ///< unset: 15 days with a path, 2 hours without
  uint64_t retention_bytes = 0;       ///< 0: no limit
  store::SyncMode sync = store::SyncMode::kInterval;
  Duration sync_interval{200};
  size_t max_series = 2'000'000;

  Duration effective_retention() const;
  /// "15d", "15d or 10GiB": as the API shows it.
  std::string RetentionText() const;
};

/// "200ms", "always", "off".
Status ParseWalSync(const std::string& text, StorageOptions& options);

/// The store that they describe, not loaded yet. Errors name the folder.
Result<std::unique_ptr<store::Store>> OpenStore(const StorageOptions& options, const Clock& clock,
                                                const Logger& log);

}  // namespace tocsin::app
