#include "alerting/collect/discovery/file_discoverer.h"

#include <system_error>

#include <fmt/format.h>

#include "base/files.h"
#include "base/yaml/go_yaml.h"
#include "base/yaml/reader.h"

namespace tocsin::collect {
namespace {

constexpr Duration kLookInterval{1000};

TargetGroup ReadGroup(const yaml::Node& node, const std::string& path, Errors& errors) {
  std::vector<std::string> addresses;
  std::map<std::string, std::string> labels;
  yaml::MappingReader in(node, errors);
  in.Optional("targets", addresses);
  in.Optional("labels", labels);
  in.Finish();

  TargetGroup group;
  group.source = path;
  for (const std::string& address : addresses)
    group.targets.push_back(model::Labels{{"__address__", address}});
  std::vector<model::Label> all{{"__meta_filepath", path}};
  for (auto& [name, value] : labels) {
    if (!model::IsUtf8Name(name))
      in.Fail(node, fmt::format("{} is not a valid label name", model::Quote(name)));
    all.push_back({name, value});
  }
  group.labels = model::Labels(all);
  return group;
}

}  // namespace

Result<std::vector<TargetGroup>> ReadTargetFile(const std::string& path) {
  const Result<std::string> text = ReadFile(path);
  if (!text) return Fail(text.error().At(Position{path, 0, 0}));
  return ReadTargets(*text, path);
}

Result<std::vector<TargetGroup>> ReadTargets(std::string_view text, const std::string& path) {
  Result<yaml::Node> document = yaml::ParseFirst(text, path);
  if (!document) return Fail(document.error());
  std::vector<TargetGroup> groups;
  if (document->kind == yaml::Kind::kNull) return groups;
  if (document->kind != yaml::Kind::kSequence) {
    return Fail(ErrorCode::kInvalidArgument, "expected a sequence of target groups", document->position);
  }
  Errors errors;
  for (const yaml::Node& node : document->items) groups.push_back(ReadGroup(node, path, errors));
  if (!errors.empty()) return Fail(errors.front());
  return groups;
}

FileDiscoverer::FileDiscoverer(FileDiscoveryOptions options, std::shared_ptr<async::Strand> strand,
                               const Logger& log)
    : options_(std::move(options)),
      strand_(std::move(strand)),
      log_(log.With({{"component", "file discovery"}})) {}

void FileDiscoverer::Start(Update update) {
  update_ = std::move(update);
  Refresh(true);
  Publish();
  Schedule();
}

void FileDiscoverer::Schedule() {
  timer_ = strand_->After(kLookInterval, [this] { Look(); });
}

void FileDiscoverer::Look() {
  since_refresh_ += kLookInterval;
  const bool everything = since_refresh_ >= options_.refresh_interval;
  if (everything) since_refresh_ = Duration(0);
  if (Refresh(everything)) Publish();
  Schedule();
}

std::map<std::string, FileDiscoverer::Version> FileDiscoverer::Versions() const {
  std::map<std::string, Version> versions;
  for (const std::string& pattern : options_.files) {
    Result<std::vector<std::filesystem::path>> paths = Glob(pattern);
    if (!paths) continue;  // a pattern that names nothing yet
    for (const std::filesystem::path& path : *paths) {
      std::error_code no_time;
      std::error_code no_size;
      const auto modified = std::filesystem::last_write_time(path, no_time);
      const auto size = std::filesystem::file_size(path, no_size);
      if (!no_time && !no_size) versions[path.string()] = {modified, size};
    }
  }
  return versions;
}

/// True when the targets may have changed.
bool FileDiscoverer::Refresh(bool everything) {
  std::map<std::string, Version> now = Versions();
  bool changed = std::erase_if(groups_, [&](const auto& entry) { return !now.contains(entry.first); }) > 0;
  for (const auto& [path, version] : now) {
    auto before = seen_.find(path);
    const bool same = before != seen_.end() && before->second == version;
    if (same && !everything) continue;
    Result<std::vector<TargetGroup>> groups = ReadTargetFile(path);
    if (!groups) {
      if (!same)
        log_.Error("Reading targets failed; those read before stay",
                   {{"file", path}, {"err", groups.error()}});
      continue;
    }
    changed = changed || groups_[path] != *groups;
    groups_[path] = std::move(*groups);
  }
  seen_ = std::move(now);
  return changed;
}

void FileDiscoverer::Publish() const {
  std::vector<TargetGroup> all;
  for (const auto& [path, groups] : groups_) all.insert(all.end(), groups.begin(), groups.end());
  update_(std::move(all));
}

}  // namespace tocsin::collect
