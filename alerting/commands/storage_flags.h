// The flags of `serve` that begin with --storage.
#pragma once

#include <CLI/App.hpp>

#include "alerting/storage_options.h"

namespace tocsin::app {

/// `options` outlives the app.
void AddStorageFlags(CLI::App& app, StorageOptions& options);

}  // namespace tocsin::app
