// file_sd_configs: targets from YAML or JSON files that something else writes.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "alerting/collect/discovery/discoverer.h"
#include "base/async/strand.h"
#include "base/log.h"
#include "base/time.h"

namespace tocsin::collect {

struct FileDiscoveryOptions {
  std::vector<std::string> files;  ///< patterns: the last part of each path may hold `*`
  Duration refresh_interval{5 * 60'000};

  friend bool operator==(const FileDiscoveryOptions&, const FileDiscoveryOptions&) = default;
};

/// Reads the groups of one file: a list of {targets: [host:port], labels: {name: value}}. Each group carries
/// `__meta_filepath`. Errors have their position in the file.
Result<std::vector<TargetGroup>> ReadTargetFile(const std::string& path);
/// The same of a file's text; `path` names it.
Result<std::vector<TargetGroup>> ReadTargets(std::string_view text, const std::string& path);

/// Looks each second whether a file was changed, made or removed (a stat each, no read), and reads everything
/// anew at the refresh interval. A file that does not parse keeps the targets it had, and is logged once a
/// version.
class FileDiscoverer final : public Discoverer {
 public:
  FileDiscoverer(FileDiscoveryOptions options, std::shared_ptr<async::Strand> strand, const Logger& log);

  void Start(Update update) override;

 private:
  /// What tells one version of a file from the next.
  struct Version {
    std::filesystem::file_time_type modified;
    uintmax_t size = 0;
    friend bool operator==(const Version&, const Version&) = default;
  };

  void Schedule();
  void Look();
  std::map<std::string, Version> Versions() const;
  bool Refresh(bool everything);
  void Publish() const;

  FileDiscoveryOptions options_;
  std::shared_ptr<async::Strand> strand_;
  Logger log_;
  Update update_;
  async::Timer timer_;
  Duration since_refresh_{0};
  std::map<std::string, Version> seen_;
  std::map<std::string, std::vector<TargetGroup>> groups_;
};

}  // namespace tocsin::collect
