#include "exporter/host/processor.h"

#include <algorithm>
#include <optional>

#include <unistd.h>

#include "exporter/kernel/text.h"

namespace tocsin::host {

namespace {

constexpr std::array<std::string_view, 10> kModeNames = {"user", "nice",    "system", "idle", "iowait",
                                                         "irq",  "softirq", "steal",  "user", "nice"};
constexpr size_t kFirstGuestMode = 8;

}  // namespace

Processor::Processor(const kernel::Paths& paths)
    : file_(paths.Proc("stat"), kernel::KernelFile::Shape::kRecords),
      ticks_a_second_(static_cast<double>(::sysconf(_SC_CLK_TCK))) {}

bool Processor::Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) {
  const std::optional<std::string_view> text = file_.Read(buffer);
  if (!text) return false;
  Read(*text);
  WriteCpus(writer);
  WriteCounters(writer);
  return true;
}

void Processor::Read(std::string_view text) {
  for (auto& [number, cpu] : cpus_) cpu.online = false;
  counters_ = Counters();
  std::string_view line;
  while (kernel::NextLine(text, line)) {
    const std::string_view key = kernel::NextWord(line);
    if (key.starts_with("cpu") && key.size() > 3) {
      if (const std::optional<uint64_t> number = kernel::ToNumber(key.substr(3))) ReadCpu(*number, line);
      continue;
    }
    const auto take = [&key, &line](std::string_view name, uint64_t& value) {
      if (key == name) value = kernel::NextNumber(line).value_or(0);
    };
    take("btime", counters_.boot_time);
    take("ctxt", counters_.context_switches);
    take("processes", counters_.forks);
    take("intr", counters_.interrupts);
    take("procs_running", counters_.running);
    take("procs_blocked", counters_.blocked);
  }
}

/// The kernel's idle and iowait can step back a little, which a counter must not; a large step back is a
/// processor that was taken out and came back.
void Processor::ReadCpu(uint64_t number, std::string_view ticks) {
  Cpu& cpu = CpuOf(number);
  cpu.online = true;
  const auto slack = static_cast<uint64_t>(3 * ticks_a_second_);
  for (uint64_t& mode : cpu.ticks) {
    const uint64_t now = kernel::NextNumber(ticks).value_or(0);
    if (now >= mode || mode - now > slack) mode = now;
  }
}

Processor::Cpu& Processor::CpuOf(uint64_t number) {
  const auto [found, is_new] = cpus_.try_emplace(number);
  if (is_new) {
    const std::string name = std::to_string(number);
    for (size_t mode = 0; mode < kModes; ++mode) {
      found->second.labels[mode] = exposition::RenderLabels({{"cpu", name}, {"mode", kModeNames[mode]}});
    }
  }
  return found->second;
}

void Processor::WriteCpus(exposition::Writer& writer) const {
  const auto write = [&](size_t begin, size_t end) {
    for (const auto& [number, cpu] : cpus_) {
      if (!cpu.online) continue;
      for (size_t mode = begin; mode < end; ++mode) {
        writer.Sample(cpu.labels[mode], static_cast<double>(cpu.ticks[mode]) / ticks_a_second_);
      }
    }
  };
  writer.Family("node_cpu_guest_seconds_total", "Time that processors ran guests, by mode.",
                exposition::Type::kCounter);
  write(kFirstGuestMode, kModes);
  writer.Family("node_cpu_seconds_total", "Time that processors spent, by mode.", exposition::Type::kCounter);
  write(0, kFirstGuestMode);
}

void Processor::WriteCounters(exposition::Writer& writer) const {
  using exposition::Type;
  const auto one = [&writer](std::string_view name, std::string_view help, Type type, uint64_t value) {
    writer.Family(name, help, type);
    writer.Sample("", value);
  };
  one("node_boot_time_seconds", "When the system was booted, since the epoch.", Type::kGauge,
      counters_.boot_time);
  one("node_context_switches_total", "Context switches.", Type::kCounter, counters_.context_switches);
  one("node_forks_total", "Processes and threads begun.", Type::kCounter, counters_.forks);
  one("node_intr_total", "Interrupts serviced.", Type::kCounter, counters_.interrupts);
  one("node_procs_blocked", "Processes that wait for I/O.", Type::kGauge, counters_.blocked);
  one("node_procs_running", "Processes that could run.", Type::kGauge, counters_.running);
}

}  // namespace tocsin::host
