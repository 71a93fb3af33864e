#include "exporter/kernel/write_watch.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include <sys/inotify.h>
#include <unistd.h>

#include "exporter/kernel/kernel_file.h"
#include "exporter/kernel/text.h"

namespace tocsin::kernel {

WriteWatch::Files::~Files() { watch_.Drop(*this); }

WriteWatch::~WriteWatch() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::unique_ptr<WriteWatch::Files> WriteWatch::Watch(std::span<const std::string> paths) {
  if (watched_.size() + paths.size() > most_) return nullptr;
  if (descriptor_ < 0) descriptor_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor_ < 0) return nullptr;
  auto files = std::make_unique<Files>(*this);
  for (const std::string& path : paths) {
    const int watch = ::inotify_add_watch(descriptor_, path.c_str(), IN_MODIFY);
    if (watch < 0 && errno == ENOENT) continue;
    if (watch < 0) return nullptr;
    files->watches_.push_back(watch);
    watched_[watch] = files.get();
  }
  return files;
}

void WriteWatch::Look() {
  alignas(inotify_event) std::array<char, 4096> events;
  while (descriptor_ >= 0) {
    const ssize_t got = ::read(descriptor_, events.data(), events.size());
    if (got <= 0) return;
    inotify_event event{};
    for (ssize_t at = 0; at < got; at += static_cast<ssize_t>(sizeof event + event.len)) {
      std::memcpy(&event, events.data() + at, sizeof event);
      if ((event.mask & IN_Q_OVERFLOW) != 0) {
        for (const auto& [watch, files] : watched_) files->written_ = true;
      }
      const auto found = watched_.find(event.wd);
      if (found == watched_.end()) continue;
      found->second->written_ = true;
      if ((event.mask & IN_IGNORED) != 0) watched_.erase(found);  // the file is gone, and the watch with it
    }
  }
}

void WriteWatch::Drop(const Files& files) {
  for (const int watch : files.watches_) {
    const auto found = watched_.find(watch);
    if (found == watched_.end() || found->second != &files) continue;
    watched_.erase(found);
    (void)::inotify_rm_watch(descriptor_, watch);
  }
}

size_t WatchesToTake() {
  KernelFile file("/proc/sys/fs/inotify/max_user_watches", KernelFile::Shape::kWhole,
                  KernelFile::Keep::kClosed);
  ReadBuffer buffer;
  const auto text = file.Read(buffer);
  return text ? OneNumber(*text).value_or(0) / 4 : 0;
}

}  // namespace tocsin::kernel
