#include "exporter/tail/generations.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include <sys/stat.h>

namespace tocsin::tail {

namespace {

constexpr size_t kMaxSiblings = 10'000;

/// ".1", "-20261121", "_2026-11-21T10:00", ".old".
bool IsRotationMark(std::string_view text) {
  if (text == ".old") return true;
  if (text.size() < 2 || std::string_view(".-_").find(text[0]) == std::string_view::npos) return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return std::any_of(text.begin(), text.end(), is_digit) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return is_digit(c) || std::string_view(".-_:T").find(c) != std::string_view::npos;
         });
}

}  // namespace

std::vector<Sibling> ListSiblings(const std::string& path) {
  std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const bool named = !folder.empty();
  if (!named) folder = ".";
  std::vector<Sibling> siblings;
  std::error_code failed;
  size_t seen = 0;
  for (std::filesystem::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    if (++seen > kMaxSiblings) break;
    const std::filesystem::path name = entry->path().filename();
    if (IsCompressed(name.native())) continue;
    Sibling sibling;
    sibling.path = named ? (folder / name).string() : name.string();
    struct stat status {};
    if (::stat(sibling.path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    sibling.id = {status.st_dev, status.st_ino};
    sibling.size = static_cast<uint64_t>(status.st_size);
    sibling.written =
        Timestamp::FromMillis(int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000);
    siblings.push_back(std::move(sibling));
  }
  std::sort(siblings.begin(), siblings.end(),
            [](const Sibling& a, const Sibling& b) { return a.written > b.written; });
  return siblings;
}

bool IsGeneration(std::string_view base, std::string_view name) {
  if (name.size() <= base.size()) return false;
  if (name.starts_with(base)) return IsRotationMark(name.substr(base.size()));
  const size_t dot = base.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const std::string_view stem = base.substr(0, dot);
  const std::string_view extension = base.substr(dot);
  return name.starts_with(stem) && name.ends_with(extension) &&
         IsRotationMark(name.substr(stem.size(), name.size() - base.size()));
}

bool IsCompressed(std::string_view name) {
  static constexpr std::array<std::string_view, 7> kEndings = {".gz",  ".bz2", ".xz", ".zst",
                                                               ".lz4", ".zip", ".Z"};
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

}  // namespace tocsin::tail
