#include "exporter/tail/file_set.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fnmatch.h>

#include "base/files.h"
#include "exporter/tail/generations.h"

namespace tocsin::tail {

bool IsGlob(const std::string& pattern) {
  return pattern.find_first_of("*?[") != std::string::npos && !IdentifyFile(pattern);
}

FileSet::FileSet(std::vector<std::string> patterns, StartAt start, const Clock& clock, Logger log,
                 SinkFor sink_for)
    : start_(start), clock_(clock), log_(std::move(log)), sink_for_(std::move(sink_for)) {
  std::vector<std::string> paths;
  for (std::string& pattern : patterns) (IsGlob(pattern) ? globs_ : paths).push_back(std::move(pattern));
  for (const std::string& path : paths) {
    if (Find(path) == nullptr) Add(path, start);
  }
}

void FileSet::Expand() {
  for (const std::string& glob : globs_) ExpandGlob(glob);
  known_globs_ = globs_;
}

void FileSet::ExpandGlob(const std::string& pattern) {
  const bool is_known = std::find(known_globs_.begin(), known_globs_.end(), pattern) != known_globs_.end();
  const auto matches = Glob(pattern);
  if (!matches) return;  // a folder that can't be listed now
  for (const std::filesystem::path& match : *matches) {
    const std::string& path = match.native();
    if (IsCompressed(path) || Find(path) != nullptr) continue;
    const Result<LogFile> file = LogFile::Open(path);
    if (!file || IsAnothers(nullptr, *file)) continue;
    Add(path, is_known ? StartAt::kBeginning : start_);
  }
}

bool FileSet::Poll(size_t max_bytes) {
  bool more = false;
  for (const auto& follower : followers_) more = follower->Poll(max_bytes) || more;
  return more;
}

FileFollower* FileSet::Find(const std::string& path) const {
  const auto found = std::find_if(followers_.begin(), followers_.end(),
                                  [&](const auto& follower) { return follower->path() == path; });
  return found == followers_.end() ? nullptr : found->get();
}

FileFollower& FileSet::Add(const std::string& path, StartAt start) {
  followers_.push_back(std::make_unique<FileFollower>(path, start, clock_, log_, sink_for_(path)));
  FileFollower* added = followers_.back().get();
  // Paths given one by one are different logs; globs may match what rotation makes of a log, too.
  if (!globs_.empty()) {
    added->LeaveToOthers([this, added](const LogFile& file) { return IsAnothers(added, file); });
  }
  return *added;
}

bool FileSet::IsAnothers(const FileFollower* asking, const LogFile& file) const {
  return std::any_of(followers_.begin(), followers_.end(),
                     [&](const auto& follower) { return follower.get() != asking && follower->Knows(file); });
}

bool FileSet::caught_up() const {
  return std::all_of(followers_.begin(), followers_.end(),
                     [](const auto& follower) { return follower->caught_up(); });
}

void FileSet::Save(checkpoint::Writer& out) const {
  out.Section("files", 1, [&] {
    out.Int(known_globs_.size());
    for (const std::string& glob : known_globs_) out.Text(glob);
    out.Int(followers_.size());
    for (const auto& follower : followers_) {
      out.Text(follower->path());
      follower->position().Save(out);
    }
  });
}

Status FileSet::Restore(checkpoint::Reader& in) {
  checkpoint::Reader body = in.Section("files", 1);
  std::vector<std::string> known_globs(body.Count());
  for (std::string& glob : known_globs) glob = body.Text();
  std::vector<std::pair<std::string, LogPosition>> positions(body.Count());
  for (auto& [path, position] : positions) {
    path = body.Text();
    Result<LogPosition> restored = LogPosition::Restore(body);
    if (!restored) return Fail(restored.error());
    position = std::move(*restored);
  }
  if (Status status = body.Finish(); !status) return status;

  known_globs_ = std::move(known_globs);
  for (auto& [path, position] : positions) {
    if (!Asks(path)) continue;
    FileFollower* follower = Find(path);
    (follower != nullptr ? *follower : Add(path, start_)).Resume(std::move(position));
  }
  return {};
}

bool FileSet::Asks(const std::string& path) const {
  return Find(path) != nullptr || std::any_of(globs_.begin(), globs_.end(), [&](const std::string& glob) {
           return ::fnmatch(glob.c_str(), path.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0;
         });
}

void FileSet::AddFigures(FiguresByName& figures) const {
  for (const auto& follower : followers_) {
    figures[follower->path()] = {follower->lag_bytes(), follower->lost_bytes(), follower->rotations(),
                                 follower->too_long_lines()};
  }
}

}  // namespace tocsin::tail
