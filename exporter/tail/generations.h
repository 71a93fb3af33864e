// What lies beside a log in its folder: the files that rotation has made of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "exporter/tail/log_file.h"

namespace tocsin::tail {

/// A plain file as the folder showed it.
struct Sibling {
  std::string path;
  FileId id;
  uint64_t size = 0;
  Timestamp written;  ///< last
};

/// The plain files in the folder of `path`, the one at `path` among them, compressed ones left out; the last
/// written first. A folder of more than 10,000 files is looked at no further than that.
std::vector<Sibling> ListSiblings(const std::string& path);

/// Whether rotation gives a log named `base` names like `name`: access.log.1, access.log-20261121,
/// access-2026-11-21.log, access.1.log, access.log.old.
bool IsGeneration(std::string_view base, std::string_view name);

/// access.log.2.gz and the like: what can't be read as lines.
bool IsCompressed(std::string_view name);

}  // namespace tocsin::tail
