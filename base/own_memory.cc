#include "base/own_memory.h"

#include <cstddef>
#include <cstdint>

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace tocsin::own_memory {

namespace {

/// One object's segments. Those that may be written hold what relocation has made of them, and stay.
int ForgetPagesOf(dl_phdr_info* object, size_t /*size*/, void* /*data*/) {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (ElfW(Half) i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): that is how the loader gives addresses
    (void)::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void ReturnLargeBlocks() { (void)::mallopt(M_MMAP_THRESHOLD, 1 << 20); }

void Populate(char* begin, size_t bytes) {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const size_t before_first = (page - reinterpret_cast<uintptr_t>(begin) % page) % page;
  if (bytes < before_first + page) return;
  // The most at a time that the kernel gives, where it may: half the cost again.
  constexpr size_t kManyPages = size_t{4} << 20;
  if (bytes >= kManyPages)
    (void)::madvise(begin + before_first, (bytes - before_first) & ~(page - 1), MADV_HUGEPAGE);
  // A kernel that cannot (before 5.14) leaves it to the first touch.
  (void)::madvise(begin + before_first, (bytes - before_first) & ~(page - 1), MADV_POPULATE_WRITE);
}

void ShareOneHeap() {
  (void)::mallopt(M_ARENA_MAX, 1);
  (void)::mallopt(M_TRIM_THRESHOLD, 4 << 20);
}

void ForgetPagesOfStart() { (void)::dl_iterate_phdr(ForgetPagesOf, nullptr); }

}  // namespace tocsin::own_memory
