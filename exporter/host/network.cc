#include "exporter/host/network.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "exporter/kernel/text.h"

namespace tocsin::host {

namespace {

using kernel::KernelFile;
using kernel::NetColumn;

struct InterfaceFigure {
  std::string_view name;
  std::string_view help;
  NetColumn column;
};
constexpr std::array kInterfaceFigures = {
    InterfaceFigure{"node_network_receive_bytes_total", "Bytes received.", NetColumn::kReceiveBytes},
    InterfaceFigure{"node_network_receive_compressed_total", "Compressed packets received.",
                    NetColumn::kReceiveCompressed},
    InterfaceFigure{"node_network_receive_drop_total", "Packets dropped on reception.",
                    NetColumn::kReceiveDrop},
    InterfaceFigure{"node_network_receive_errs_total", "Errors of reception.", NetColumn::kReceiveErrors},
    InterfaceFigure{"node_network_receive_fifo_total", "Overruns of the receiver's queue.",
                    NetColumn::kReceiveFifo},
    InterfaceFigure{"node_network_receive_frame_total", "Framing errors of reception.",
                    NetColumn::kReceiveFrame},
    InterfaceFigure{"node_network_receive_multicast_total", "Multicast packets received.",
                    NetColumn::kReceiveMulticast},
    InterfaceFigure{"node_network_receive_packets_total", "Packets received.", NetColumn::kReceivePackets},
    InterfaceFigure{"node_network_transmit_bytes_total", "Bytes sent.", NetColumn::kTransmitBytes},
    InterfaceFigure{"node_network_transmit_carrier_total", "Losses of the carrier.",
                    NetColumn::kTransmitCarrier},
    InterfaceFigure{"node_network_transmit_colls_total", "Collisions.", NetColumn::kTransmitCollisions},
    InterfaceFigure{"node_network_transmit_compressed_total", "Compressed packets sent.",
                    NetColumn::kTransmitCompressed},
    InterfaceFigure{"node_network_transmit_drop_total", "Packets dropped on sending.",
                    NetColumn::kTransmitDrop},
    InterfaceFigure{"node_network_transmit_errs_total", "Errors of sending.", NetColumn::kTransmitErrors},
    InterfaceFigure{"node_network_transmit_fifo_total", "Overruns of the sender's queue.",
                    NetColumn::kTransmitFifo},
    InterfaceFigure{"node_network_transmit_packets_total", "Packets sent.", NetColumn::kTransmitPackets},
};

}  // namespace

Network::Network(const kernel::Paths& paths)
    : paths_(paths),
      file_(paths.Proc("1/net/dev"), KernelFile::Shape::kRecords),
      own_file_(paths.Proc("net/dev"), KernelFile::Shape::kRecords) {}

bool Network::Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) {
  std::optional<std::string_view> text = file_.Read(buffer);
  if (!text) text = own_file_.Read(buffer);
  if (!text) return false;
  kernel::ParseNetDev(*text, devices_);
  present_.clear();
  for (const kernel::NetDevice& device : devices_) present_.push_back(&InterfaceOf(device.name));
  for (const InterfaceFigure& figure : kInterfaceFigures) {
    writer.Family(figure.name, figure.help, exposition::Type::kCounter);
    for (size_t i = 0; i < devices_.size(); ++i)
      writer.Sample(present_[i]->labels, devices_[i][figure.column]);
  }
  WriteUnhandled(writer, buffer);
  Forget();
  return true;
}

/// Last: it reads into the buffer that the names of devices_ point into.
void Network::WriteUnhandled(exposition::Writer& writer, kernel::ReadBuffer& buffer) {
  writer.Family("node_network_receive_nohandler_total", "Packets received that no protocol took.",
                exposition::Type::kCounter);
  for (Interface* interface : present_) {
    const std::optional<std::string_view> text = interface->unhandled.Read(buffer);
    const std::optional<uint64_t> number = text ? kernel::OneNumber(*text) : std::nullopt;
    if (number) writer.Sample(interface->labels, *number);
  }
}

Network::Interface& Network::InterfaceOf(std::string_view name) {
  const auto found = interfaces_.find(name);
  if (found != interfaces_.end()) return found->second;
  const std::string key(name);
  return interfaces_
      .emplace(key, Interface{exposition::RenderLabels({{"device", name}}),
                              KernelFile(paths_.Sys("class/net/" + key + "/statistics/rx_nohandler"))})
      .first->second;
}

/// Interfaces of containers come and go: those that are gone let their descriptors go.
void Network::Forget() {
  if (interfaces_.size() == present_.size()) return;
  std::erase_if(interfaces_, [this](const auto& entry) {
    return std::find(present_.begin(), present_.end(), &entry.second) == present_.end();
  });
}

}  // namespace tocsin::host
