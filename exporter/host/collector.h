// The host's own figures under the names, labels and types of node_exporter (compared with 1.11): its core
// set, read out of /proc and /sys at each scrape. docs/METRICS.md has the table of names and sources.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/exposition/writer.h"
#include "exporter/host/section.h"
#include "exporter/kernel/paths.h"

namespace tocsin::host {

/// statvfs(3) of a path: nothing, and `error` with the system's words, when it fails. A test puts its own in.
using StatFileSystem =
    std::function<std::optional<struct statvfs>(const std::string& path, std::string& error)>;
std::optional<struct statvfs> StatOfSystem(const std::string& path, std::string& error);

/// Not thread safe: belongs to one strand. `clock` must outlive it.
class Collector {
 public:
  Collector(const kernel::Paths& paths, const Clock& clock, const StatFileSystem& stat = StatOfSystem);
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  void Write(exposition::Writer& writer);

 private:
  struct Part {
    std::unique_ptr<Section> section;
    std::string labels;
    bool succeeded = false;
    double seconds = 0;
  };
  std::vector<Part> parts_;
  kernel::ReadBuffer buffer_;
};

}  // namespace tocsin::host
