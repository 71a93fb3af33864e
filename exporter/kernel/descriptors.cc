#include "exporter/kernel/descriptors.h"

#include <sys/resource.h>

namespace tocsin::kernel {

uint64_t RaiseDescriptorLimit() {
  constexpr uint64_t kLeast = 256;  // of any system that we know
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kLeast;
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? limit.rlim_max : limit.rlim_cur;
}

}  // namespace tocsin::kernel
