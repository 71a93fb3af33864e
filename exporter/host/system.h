// What the system calls itself, and what time it has.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "exporter/host/section.h"
#include "exporter/kernel/paths.h"

namespace tocsin::host {

class SystemName final : public Section {
 public:
  std::string_view name() const override { return "uname"; }
  bool Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) override;
};

class Time final : public Section {
 public:
  Time(const kernel::Paths& paths, const Clock& clock);
  std::string_view name() const override { return "time"; }
  bool Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) override;

 private:
  struct Source {
    std::string device;
    kernel::KernelFile available;
    kernel::KernelFile current;
  };

  void WriteSources(exposition::Writer& writer, kernel::ReadBuffer& buffer);

  const Clock& clock_;
  std::vector<Source> sources_;
};

}  // namespace tocsin::host
