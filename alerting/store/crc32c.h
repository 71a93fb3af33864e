// CRC-32C (Castagnoli, RFC 3720 appendix B.4): what guards every record and section on disk.
#pragma once

#include <cstdint>
#include <string_view>

namespace tocsin::store {

/// Of `bytes`, going on from the checksum of what stood before them.
uint32_t Crc32c(std::string_view bytes, uint32_t before = 0);

}  // namespace tocsin::store
