// tocsin-exporter check: is the configuration right, and can each source be reached?
#pragma once

#include <string>

#include "base/error.h"
#include "base/http/client.h"
#include "exporter/config/options.h"

namespace tocsin::exporter {

struct CheckReport {
  std::string text;  ///< a line a source: "ok", "note" or "FAIL", what it is, and what was found
  bool ok = true;    ///< nothing failed
};

/// Looks at everything that the options name, and waits for the answers: not to be called on the client's
/// pool. Changes nothing.
CheckReport CheckSources(const Options& options, http::Client& client);

/// The command: prints the report. The exit code: 0 when nothing failed, 1 otherwise.
Result<int> RunCheck(const Options& options);

}  // namespace tocsin::exporter
