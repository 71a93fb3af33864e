// One part of what the host tells, from one or a few files; named as node_exporter names the collector.
#pragma once

#include <string_view>

#include "base/exposition/writer.h"
#include "exporter/kernel/kernel_file.h"

namespace tocsin::host {

/// Not thread safe.
class Section {
 public:
  virtual ~Section() = default;
  virtual std::string_view name() const = 0;
  /// Writes its families as they are now. False when its source can't be read; what was read is written.
  virtual bool Write(exposition::Writer& writer, kernel::ReadBuffer& buffer) = 0;
};

}  // namespace tocsin::host
