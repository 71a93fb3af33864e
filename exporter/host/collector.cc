#include "exporter/host/collector.h"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <system_error>
#include <utility>

#include "exporter/host/disks.h"
#include "exporter/host/filesystems.h"
#include "exporter/host/memory.h"
#include "exporter/host/network.h"
#include "exporter/host/processor.h"
#include "exporter/host/system.h"

namespace tocsin::host {

std::optional<struct statvfs> StatOfSystem(const std::string& path, std::string& error) {
  struct statvfs answer {};
  if (::statvfs(path.c_str(), &answer) == 0) return answer;
  error = std::generic_category().message(errno);
  return std::nullopt;
}

Collector::Collector(const kernel::Paths& paths, const Clock& clock, const StatFileSystem& stat) {
  const auto add = [this](std::unique_ptr<Section> section) {
    std::string labels = exposition::RenderLabels({{"collector", section->name()}});
    parts_.push_back({std::move(section), std::move(labels), false, 0});
  };
  add(std::make_unique<Processor>(paths));
  add(std::make_unique<Disks>(paths));
  add(std::make_unique<FileDescriptors>(paths));
  add(std::make_unique<FileSystems>(paths, stat));
  add(std::make_unique<LoadAverage>(paths));
  add(std::make_unique<MemoryInfo>(paths));
  add(std::make_unique<Network>(paths));
  add(std::make_unique<PressureStall>(paths));
  add(std::make_unique<Time>(paths, clock));
  add(std::make_unique<SystemName>());
  add(std::make_unique<VirtualMemory>(paths));
}

Collector::~Collector() = default;

void Collector::Write(exposition::Writer& writer) {
  for (Part& part : parts_) {
    const auto began = std::chrono::steady_clock::now();
    part.succeeded = part.section->Write(writer, buffer_);
    part.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  }
  writer.Family("node_scrape_collector_duration_seconds", "Time that a part of the host's figures took.",
                exposition::Type::kGauge);
  for (const Part& part : parts_) writer.Sample(part.labels, part.seconds);
  writer.Family("node_scrape_collector_success", "Whether a part of the host's figures could be read.",
                exposition::Type::kGauge);
  for (const Part& part : parts_) writer.Sample(part.labels, uint64_t{part.succeeded ? 1U : 0U});
}

}  // namespace tocsin::host
