// /proc/stat: what the processors did, and the counters that stand beside it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/host/section.h"
#include "exporter/kernel/paths.h"

namespace tocsin::host {

class Processor final : public Section {
 public:
  explicit Processor(const kernel::Paths& paths);
  std::string_view name() const override { return "cpu"; }
  bool Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) override;

 private:
  static constexpr size_t kModes =
      10;  // in the file's order: user nice system idle iowait irq softirq steal guest…
  struct Cpu {
    std::array<std::string, kModes> labels;
    std::array<uint64_t, kModes> ticks{};
    bool online = false;
  };
  struct Counters {
    uint64_t boot_time = 0;
    uint64_t context_switches = 0;
    uint64_t forks = 0;
    uint64_t interrupts = 0;
    uint64_t running = 0;
    uint64_t blocked = 0;
  };

  void Read(std::string_view text);
  void ReadCpu(uint64_t number, std::string_view ticks);
  Cpu& CpuOf(uint64_t number);
  void WriteCpus(exposition::Writer& writer) const;
  void WriteCounters(exposition::Writer& writer) const;

  kernel::KernelFile file_;
  double ticks_a_second_;
  std::map<uint64_t, Cpu> cpus_;
  Counters counters_;
};

}  // namespace tocsin::host
