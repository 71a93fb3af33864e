#include "exporter/host/system.h"

#include <cstdint>
#include <ctime>
#include <optional>

#include <sys/utsname.h>

#include "base/files.h"
#include "exporter/kernel/text.h"

namespace tocsin::host {

namespace {

using exposition::Type;

}  // namespace

bool SystemName::Write(exposition::Writer& writer, kernel::ReadBuffer& /*buffer*/) {
  struct utsname name {};
  if (::uname(&name) != 0) return false;
  const std::string labels = exposition::RenderLabels({{"domainname", name.domainname},
                                                       {"machine", name.machine},
                                                       {"nodename", name.nodename},
                                                       {"release", name.release},
                                                       {"sysname", name.sysname},
                                                       {"version", name.version}});
  writer.Family("node_uname_info", "1; what uname(2) says.", Type::kGauge);
  writer.Sample(labels, uint64_t{1});
  return true;
}

Time::Time(const kernel::Paths& paths, const Clock& clock) : clock_(clock) {
  const std::string folder = paths.Sys("devices/system/clocksource/");
  const std::string stem = folder + "clocksource";
  const auto found = Glob(stem + "[0-9]*");
  if (!found) return;
  for (const auto& path : *found) {
    sources_.push_back({path.string().substr(stem.size()), kernel::KernelFile(path / "available_clocksource"),
                        kernel::KernelFile(path / "current_clocksource")});
  }
}

bool Time::Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) {
  WriteSources(writer, buffer);
  const Timestamp now = clock_.Now();
  writer.Family("node_time_seconds", "The system's time, since the epoch.", Type::kGauge);
  writer.Sample("", now.seconds());
  const auto seconds = static_cast<std::time_t>(now.millis() / 1000);
  struct tm local {};
  if (::localtime_r(&seconds, &local) == nullptr) return false;
  const std::string_view zone = local.tm_zone == nullptr ? "" : local.tm_zone;
  writer.Family("node_time_zone_offset_seconds", "How far local time is ahead of UTC.", Type::kGauge);
  writer.Sample(exposition::RenderLabels({{"time_zone", zone}}), static_cast<double>(local.tm_gmtoff));
  return true;
}

void Time::WriteSources(exposition::Writer& writer, kernel::ReadBuffer& buffer) {
  const auto each = [&](std::string_view family, std::string_view help, kernel::KernelFile Source::*file) {
    writer.Family(family, help, Type::kGauge);
    for (Source& source : sources_) {
      std::optional<std::string_view> text = (source.*file).Read(buffer);
      std::string_view line;
      if (!text || !kernel::NextLine(*text, line)) continue;
      for (auto word = kernel::NextWord(line); !word.empty(); word = kernel::NextWord(line)) {
        writer.Sample(exposition::RenderLabels({{"clocksource", word}, {"device", source.device}}),
                      uint64_t{1});
      }
    }
  };
  each("node_time_clocksource_available_info", "1 for each clock that the kernel could use.",
       &Source::available);
  each("node_time_clocksource_current_info", "1 for the clock that the kernel uses.", &Source::current);
}

}  // namespace tocsin::host
