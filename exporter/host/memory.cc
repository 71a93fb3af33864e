#include "exporter/host/memory.h"

#include <charconv>
#include <cstdint>
#include <optional>

#include "exporter/kernel/text.h"

namespace tocsin::host {

namespace {

using exposition::Type;
using kernel::KernelFile;

/// "Active(anon)" to "Active_anon".
std::string MemoryField(std::string_view key) {
  std::string field;
  for (const char c : key) {
    if (c == '(') field += '_';
    if (c != '(' && c != ')') field += c;
  }
  return field;
}

FieldNames::Field MemoryBytes(std::string_view key) {
  const std::string field = MemoryField(key);
  return {std::string(key), "node_memory_" + field + "_bytes", "The field " + field + " of /proc/meminfo."};
}

FieldNames::Field MemoryCount(std::string_view key) {
  const std::string field = MemoryField(key);
  return {std::string(key), "node_memory_" + field, "The field " + field + " of /proc/meminfo."};
}

/// node_exporter's default: ^(oom_kill|pgpg|pswp|pg.*fault).*
FieldNames::Field VirtualMemoryField(std::string_view key) {
  const bool wanted = key.starts_with("oom_kill") || key.starts_with("pgpg") || key.starts_with("pswp") ||
                      (key.starts_with("pg") && key.find("fault", 2) != std::string_view::npos);
  const std::string field(key);
  return {field, wanted ? "node_vmstat_" + field : "", "The field " + field + " of /proc/vmstat."};
}

struct PressureName {
  const char* file;
  std::string_view some;  ///< "" where node_exporter has none
  std::string_view full;
};
constexpr std::array kPressures = {
    PressureName{"pressure/cpu", "node_pressure_cpu_waiting_seconds_total", ""},
    PressureName{"pressure/io", "node_pressure_io_waiting_seconds_total",
                 "node_pressure_io_stalled_seconds_total"},
    PressureName{"pressure/memory", "node_pressure_memory_waiting_seconds_total",
                 "node_pressure_memory_stalled_seconds_total"},
    PressureName{"pressure/irq", "", "node_pressure_irq_stalled_seconds_total"},
};

}  // namespace

const FieldNames::Field& FieldNames::At(size_t index, std::string_view key) {
  if (index >= fields_.size()) fields_.resize(index + 1);
  Field& field = fields_[index];
  if (field.key != key) field = make_(key);
  return field;
}

MemoryInfo::MemoryInfo(const kernel::Paths& paths)
    : file_(paths.Proc("meminfo"), KernelFile::Shape::kRecords), bytes_(MemoryBytes), counts_(MemoryCount) {}

bool MemoryInfo::Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) {
  std::optional<std::string_view> text = file_.Read(buffer);
  if (!text) return false;
  std::string_view line;
  for (size_t index = 0; kernel::NextLine(*text, line); ++index) {
    std::string_view key = kernel::NextWord(line);
    if (key.ends_with(':')) key.remove_suffix(1);
    const std::optional<uint64_t> number = kernel::NextNumber(line);
    if (!number) continue;
    const bool in_kilobytes = kernel::NextWord(line) == "kB";
    const FieldNames::Field& field = (in_kilobytes ? bytes_ : counts_).At(index, key);
    writer.Family(field.family, field.help, Type::kGauge);
    writer.Sample("", in_kilobytes ? *number * 1024 : *number);
  }
  return true;
}

VirtualMemory::VirtualMemory(const kernel::Paths& paths)
    : file_(paths.Proc("vmstat"), KernelFile::Shape::kRecords), names_(VirtualMemoryField) {}

bool VirtualMemory::Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) {
  std::optional<std::string_view> text = file_.Read(buffer);
  if (!text) return false;
  std::string_view line;
  for (size_t index = 0; kernel::NextLine(*text, line); ++index) {
    const FieldNames::Field& field = names_.At(index, kernel::NextWord(line));
    if (field.family.empty()) continue;
    const std::optional<uint64_t> number = kernel::NextNumber(line);
    if (!number) continue;
    writer.Family(field.family, field.help, Type::kUntyped);
    writer.Sample("", *number);
  }
  return true;
}

bool LoadAverage::Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) {
  std::optional<std::string_view> text = file_.Read(buffer);
  if (!text) return false;
  for (const auto& [name, help] : {std::pair{"node_load1", "Load average of one minute."},
                                   std::pair{"node_load5", "Load average of five minutes."},
                                   std::pair{"node_load15", "Load average of fifteen minutes."}}) {
    const std::string_view word = kernel::NextWord(*text);
    double load = 0;
    if (std::from_chars(word.data(), word.data() + word.size(), load).ec != std::errc{}) return false;
    writer.Family(name, help, Type::kGauge);
    writer.Sample("", load);
  }
  return true;
}

bool FileDescriptors::Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) {
  std::optional<std::string_view> text = file_.Read(buffer);
  std::string_view line;
  if (!text || !kernel::NextLine(*text, line)) return false;
  const std::optional<uint64_t> allocated = kernel::NextNumber(line);
  kernel::NextWord(line);  // free ones, always 0 since Linux 2.6
  const std::optional<uint64_t> maximum = kernel::NextNumber(line);
  if (!allocated || !maximum) return false;
  writer.Family("node_filefd_allocated", "Open files of the system.", Type::kGauge);
  writer.Sample("", *allocated);
  writer.Family("node_filefd_maximum", "Files that the system can have open.", Type::kGauge);
  writer.Sample("", *maximum);
  return true;
}

PressureStall::PressureStall(const kernel::Paths& paths) {
  for (size_t i = 0; i < kPressures.size(); ++i) files_[i] = KernelFile(paths.Proc(kPressures[i].file));
}

bool PressureStall::Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) {
  bool any = false;
  const auto write = [&writer](std::string_view name, std::optional<uint64_t> micros) {
    if (name.empty() || !micros) return;
    writer.Family(name, "Time that processes waited for the resource: some of them, or all (stalled).",
                  Type::kCounter);
    writer.Sample("", static_cast<double>(*micros) / 1e6);
  };
  for (size_t i = 0; i < files_.size(); ++i) {
    const std::optional<std::string_view> text = files_[i].Read(buffer);
    if (!text) continue;
    any = true;
    const kernel::Pressure pressure = kernel::ParsePressure(*text);
    write(kPressures[i].some, pressure.some);
    write(kPressures[i].full, pressure.full);
  }
  return any;
}

}  // namespace tocsin::host
