// exporter.yml: what flags are too narrow for. docs/EXPORTER_CONFIG.md describes it for its users.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "exporter/config/options.h"

namespace tocsin::exporter {

/// The options with what the file says put in; `source` names it in positions. All faults, each with its
/// place, when there are any.
Checked<Options> WithConfig(Options options, std::string_view text, const std::string& source);

/// The same of the file that the options name, if they name one.
Checked<Options> WithConfigFile(Options options);

}  // namespace tocsin::exporter
