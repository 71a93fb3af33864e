// The lines of a log differ in their values only: once one has been read in full, what stands between the
// values is known, and the next line is read by comparing just that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/lines/line.h"
#include "exporter/parse/log_record.h"
#include "exporter/parse/name_map.h"
#include "exporter/parse/scan.h"

namespace tocsin::parse {

/// The texts between the values ("joints": `","status":` with the quotes around it) of a line that JsonReader
/// has read. Not thread safe.
class JsonPattern {
 public:
  /// What the processor may be asked for. Tests hold the two against each other.
  enum class Means : uint8_t {
    kAll,    ///< of this one
    kPlain,  ///< what each x86-64 has
  };
  explicit JsonPattern(Means means = Means::kAll) : means_(means) {}

  /// A value as it stood in the line, without its quotes.
  struct Value {
    std::string_view text;
    Targets targets;
  };

  /// Takes `line` for the pattern of those to come. A line that doesn't lend itself to it (escapes, nested
  /// values) leaves the pattern empty.
  void Learn(std::string_view line, const std::vector<Value>& values);

  /// Reads a line whose marks are known and that has the pattern's joints, and between them no escapes, and
  /// numbers where there are no quotes: what JsonReader would then read is in `record`. False for any other
  /// line, whether good or bad; `record` is void then.
  bool Read(const lines::Line& line, LogRecord& record) const {
    return !joints_.empty() && line.marks != nullptr && line.mark_count == quotes_in_joints_ &&
           kernel_(*this, line, record);
  }

  bool empty() const { return joints_.empty(); }

 private:
  struct Joint {
    uint16_t size = 0;
    uint16_t quote = 0;      ///< the number in the line of the first quote in it or behind it
    uint16_t before = 0;     ///< how far before that quote it begins
    bool is_padded = false;  ///< its text is among the padded ones
    bool is_quoted = false;  ///< the value behind it is
    uint8_t place = 0;       ///< in a LogRecord, of that value, when the pattern is simple
    Targets targets;         ///< of it
  };

  /// Read() of a line with as many marks as the pattern has.
  using Kernel = bool (*)(const JsonPattern& pattern, const lines::Line& line, LogRecord& record);

  bool Append(std::string_view text, const Value* value);
  static bool ReadPlainly(const JsonPattern& pattern, const lines::Line& line, LogRecord& record);
  static bool ReadByAvx512(const JsonPattern& pattern, const lines::Line& line, LogRecord& record);

  std::string texts_;               ///< of the joints, one behind the other
  std::vector<PaddedText> padded_;  ///< of each joint, empty for one that is longer
  std::vector<Joint> joints_;
  size_t quotes_in_joints_ = 0;
  Means means_;
  Kernel kernel_ = ReadPlainly;
  uint64_t places_ = 0;    ///< of LogRecord that the values fill
  bool is_simple_ = true;  ///< each value has one place of its own, or none
};

}  // namespace tocsin::parse
