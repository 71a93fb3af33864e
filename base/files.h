// Whole files, for configuration and state. Logs are followed by exporter/tail instead.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tocsin {

/// Reads a file whole. kNotFound, kPermission or kIo with the system's words; kResourceExhausted over
/// `max_bytes`.
Result<std::string> ReadFile(const std::filesystem::path& path, size_t max_bytes = size_t{64} << 20);

/// Replaces a file in one step: writes a temporary beside it, syncs, renames. After a crash the file holds
/// the old bytes or the new ones, never a mixture.
Status WriteFileAtomically(const std::filesystem::path& path, std::string_view bytes);

/// The files that a glob(7) pattern names, sorted; a pattern without wildcards names itself when it exists.
Result<std::vector<std::filesystem::path>> Glob(const std::string& pattern);

/// `path` itself when absolute, else relative to the folder that `file` lies in: how paths inside a
/// configuration file are meant.
std::filesystem::path RelativeTo(const std::filesystem::path& file, const std::filesystem::path& path);

}  // namespace tocsin
