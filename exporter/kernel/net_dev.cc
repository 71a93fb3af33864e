#include "exporter/kernel/net_dev.h"

#include <cstring>
#include <optional>

#include "exporter/kernel/text.h"

namespace tocsin::kernel {

void ParseNetDev(std::string_view text, std::vector<NetDevice>& devices) {
  devices.clear();
  std::string_view line;
  while (NextLine(text, line)) {
    // The name may itself hold colons, as an alias "eth0:1" does; the headers hold none.
    const auto* const last = static_cast<const char*>(::memrchr(line.data(), ':', line.size()));
    if (last == nullptr) continue;
    const auto colon = static_cast<size_t>(last - line.data());
    std::string_view name = line.substr(0, colon);
    NetDevice device;
    device.name = NextWord(name);
    std::string_view numbers = line.substr(colon + 1);
    bool good = !device.name.empty();
    for (uint64_t& counter : device.counters) {
      const std::optional<uint64_t> number = NextNumber(numbers);
      good = good && number.has_value();
      counter = number.value_or(0);
    }
    if (good) devices.push_back(device);
  }
}

}  // namespace tocsin::kernel
