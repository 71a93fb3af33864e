// Methods and statuses as small numbers, so that counters lie in arrays; what is not among the known ones is
// "other", so that no client can make series by inventing methods.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tocsin::traffic {

/// Index 0 is "other". The known ones are RFC 9110's and PATCH.
inline constexpr size_t kMethodCount = 10;
size_t MethodIndex(std::string_view method);
/// Of "GET /x HTTP/1.1", by the text up to the first space.
size_t MethodIndexOfRequest(std::string_view request);
std::string_view MethodName(size_t index);

/// Index 0 is "other". The known ones are IANA's registered statuses and nginx's own 444 and 494 to 499.
inline constexpr size_t kStatusCount = 71;
extern const std::array<uint8_t, 600> kStatusIndices;  ///< by status
inline size_t StatusIndex(int status) {
  return static_cast<size_t>(status) < kStatusIndices.size() ? kStatusIndices[static_cast<size_t>(status)]
                                                             : 0;
}
/// "200".
std::string_view StatusName(size_t index);

}  // namespace tocsin::traffic
