// The network interfaces of the host: /proc/net/dev, and the packets that no protocol took, from /sys.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/host/section.h"
#include "exporter/kernel/net_dev.h"
#include "exporter/kernel/paths.h"

namespace tocsin::host {

class Network final : public Section {
 public:
  explicit Network(const kernel::Paths& paths);
  std::string_view name() const override { return "netdev"; }
  bool Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) override;

 private:
  struct Interface {
    std::string labels;
    kernel::KernelFile unhandled;
  };

  Interface& InterfaceOf(std::string_view name);
  void Forget();
  void WriteUnhandled(exposition::Writer& writer, kernel::ReadBuffer& buffer);

  kernel::Paths paths_;
  /// The first process's table is the host's, whatever network namespace we are in ourselves.
  kernel::KernelFile file_;
  kernel::KernelFile own_file_;
  std::map<std::string, Interface, std::less<>> interfaces_;
  std::vector<kernel::NetDevice> devices_;
  std::vector<Interface*> present_;  ///< of devices_
};

}  // namespace tocsin::host
