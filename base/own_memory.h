// What the process keeps of memory that it no longer needs. Much of a daemon's resident memory would
// otherwise be the libraries' code that starting ran through, and blocks that were used for a moment and long
// freed.
#pragma once

#include <cstddef>

namespace tocsin::own_memory {

/// A freed block of a megabyte or more goes back to the kernel at once. glibc's own threshold grows with what
/// is freed, so that it would soon keep several pages' worth.
void ReturnLargeBlocks();

/// Has the kernel give the memory of a block that is about to be written to at once, instead of page by page
/// at each one's first touch, which costs twice as much. What it holds stays. Thread safe.
void Populate(char* begin, size_t bytes);

/// All threads allocate from one heap, before any has allocated. glibc would give each of them one of its
/// own, and what a thread frees serves no other. Up to four megabytes that are free at its end stay: what is
/// made and freed many times a second would else be fetched from the kernel each time.
void ShareOneHeap();

/// Drops the pages of the program and its libraries that only starting needed. They are mapped from files and
/// never written, so one that is touched again comes back from the page cache. Thread safe.
void ForgetPagesOfStart();

}  // namespace tocsin::own_memory
