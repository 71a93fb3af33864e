// The kernel's table of network interfaces, of the host or of a container.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tocsin::kernel {

/// The columns of /proc/net/dev, in its order.
enum class NetColumn : uint8_t {
  kReceiveBytes,
  kReceivePackets,
  kReceiveErrors,
  kReceiveDrop,
  kReceiveFifo,
  kReceiveFrame,
  kReceiveCompressed,
  kReceiveMulticast,
  kTransmitBytes,
  kTransmitPackets,
  kTransmitErrors,
  kTransmitDrop,
  kTransmitFifo,
  kTransmitCollisions,
  kTransmitCarrier,
  kTransmitCompressed,
};
inline constexpr size_t kNetColumns = 16;

struct NetDevice {
  std::string_view name;  ///< into the text that was read
  std::array<uint64_t, kNetColumns> counters{};
  uint64_t operator[](NetColumn column) const { return counters[static_cast<size_t>(column)]; }
};

/// Reads a net/dev into `devices`, which is emptied first. A line that is not as expected is left out.
void ParseNetDev(std::string_view text, std::vector<NetDevice>& devices);

}  // namespace tocsin::kernel
