// Files of plain figures: /proc/meminfo, vmstat, loadavg, sys/fs/file-nr and pressure/.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/host/section.h"
#include "exporter/kernel/paths.h"

namespace tocsin::host {

/// Names of families made from a file's own names, in the file's order, which does not change while we run.
class FieldNames {
 public:
  struct Field {
    std::string key;
    std::string family;  ///< "" for one that is not exposed
    std::string help;
  };
  using Make = Field (*)(std::string_view key);

  explicit FieldNames(Make make) : make_(make) {}
  const Field& At(size_t index, std::string_view key);

 private:
  Make make_;
  std::vector<Field> fields_;
};

class MemoryInfo final : public Section {
 public:
  explicit MemoryInfo(const kernel::Paths& paths);
  std::string_view name() const override { return "meminfo"; }
  bool Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) override;

 private:
  kernel::KernelFile file_;
  FieldNames bytes_;
  FieldNames counts_;
};

class VirtualMemory final : public Section {
 public:
  explicit VirtualMemory(const kernel::Paths& paths);
  std::string_view name() const override { return "vmstat"; }
  bool Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) override;

 private:
  kernel::KernelFile file_;
  FieldNames names_;
};

class LoadAverage final : public Section {
 public:
  explicit LoadAverage(const kernel::Paths& paths) : file_(paths.Proc("loadavg")) {}
  std::string_view name() const override { return "loadavg"; }
  bool Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) override;

 private:
  kernel::KernelFile file_;
};

class FileDescriptors final : public Section {
 public:
  explicit FileDescriptors(const kernel::Paths& paths) : file_(paths.Proc("sys/fs/file-nr")) {}
  std::string_view name() const override { return "filefd"; }
  bool Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) override;

 private:
  kernel::KernelFile file_;
};

/// Of a kernel without pressure stall information there is nothing.
class PressureStall final : public Section {
 public:
  explicit PressureStall(const kernel::Paths& paths);
  std::string_view name() const override { return "pressure"; }
  bool Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) override;

 private:
  std::array<kernel::KernelFile, 4> files_;
};

}  // namespace tocsin::host
