// How many files the process may have open: what is kept open has to leave room for connections and logs.
#pragma once

#include <cstdint>

namespace tocsin::kernel {

/// The limit of open files, after what the process may allow itself has been taken (the soft limit raised to
/// the hard one, which programs that use select(2) are kept from by default).
uint64_t RaiseDescriptorLimit();

}  // namespace tocsin::kernel
