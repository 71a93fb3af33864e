// An alertmanager.yml, as Alertmanager 0.33 reads it, to the notification pipeline's options.
#pragma once

#include <string>
#include <string_view>

#include "alerting/config/unsupported.h"
#include "alerting/notify/options.h"
#include "base/error.h"
#include "base/yaml/reader.h"

namespace tocsin::config {

struct AlertmanagerConfig {
  std::string shown;  ///< all of it as YAML, each secret as "<secret>"
  notify::Options options;
  Errors warnings;  ///< unsupported keys, when these only warn
};

/// Reads, expands ${NAME} and ${NAME:-default} from the environment, and checks as Alertmanager does. All
/// faults are collected, in the order of their places; none shows a secret. Relative paths in the file become
/// relative to it.
Checked<AlertmanagerConfig> LoadAlertmanagerConfig(const std::string& path,
                                                   const yaml::Environment& environment,
                                                   Unsupported unsupported);

/// The same of a text; `source` names it in positions, and its folder is what paths are relative to.
Checked<AlertmanagerConfig> ParseAlertmanagerConfig(std::string_view text, const std::string& source,
                                                    const yaml::Environment& environment,
                                                    Unsupported unsupported);

}  // namespace tocsin::config
