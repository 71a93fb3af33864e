#include "exporter/code_pages.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>

#include <sys/mman.h>

#include "base/files.h"

namespace tocsin::exporter {

namespace {

struct Mapping {
  uintptr_t begin = 0;
  uintptr_t end = 0;
  bool is_plain_file = false;  ///< of which nothing can be written to
};

/// "7f00-7fff r-xp 00000000 fd:00 123  /usr/lib/libc.so.6": the line that opens a mapping in smaps.
bool ReadHeader(const std::string& line, Mapping& mapping) {
  unsigned long begin = 0;
  unsigned long end = 0;
  char permissions[5] = {};  // NOLINT(modernize-avoid-c-arrays): for sscanf
  // NOLINTNEXTLINE(cert-err34-c): what does not fit is no header
  if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, permissions) != 3) return false;
  mapping = {begin, end, permissions[1] == '-' && line.find(" /") != std::string::npos};
  return true;
}

}  // namespace

/// A read-only mapping of a file may have been written to before it became so: what the loader has relocated.
/// Such pages are anonymous, and nobody could bring them back.
Status ReleaseCodePages() {
  const auto text = ReadFile("/proc/self/smaps");
  if (!text) return Fail(text.error());
  Mapping mapping;
  for (size_t at = 0; at < text->size();) {
    const size_t end = std::min(text->find('\n', at), text->size());
    const std::string line = text->substr(at, end - at);
    at = end + 1;
    if (ReadHeader(line, mapping) || !mapping.is_plain_file || !line.starts_with("Anonymous:")) continue;
    if (line.find(" 0 kB") == std::string::npos) continue;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): addresses are what the kernel tells
    void* const begin = reinterpret_cast<void*>(mapping.begin);
    static_cast<void>(::madvise(begin, mapping.end - mapping.begin, MADV_DONTNEED));
  }
  return {};
}

}  // namespace tocsin::exporter
