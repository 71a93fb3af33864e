// Lines of the access logs, by way of a parser for each log, into the metrics, and those of the error logs;
// what became of the lines; and the notable ones among them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/exposition/writer.h"
#include "base/log.h"
#include "exporter/checkpoint/codec.h"
#include "exporter/errors/error_metrics.h"
#include "exporter/evidence/ring.h"
#include "exporter/lines/line.h"
#include "exporter/parse/line_parser.h"
#include "exporter/parse/parser_factory.h"
#include "exporter/parse/values.h"
#include "exporter/tail/file_set.h"
#include "exporter/traffic/traffic.h"

namespace tocsin::exporter {

/// When a request ended: followed lines have just been written; old ones have to say it themselves.
enum class Dating : uint8_t { kByArrival, kByLine };

/// Not thread safe: belongs to the strand that reads the logs.
class AccessLogs {
 public:
  /// `clock` must outlive it; `log` hears which formats were recognised.
  AccessLogs(parse::ParserFactory parsers, traffic::Options options, Dating dating, const Clock& clock,
             Logger log);

  /// A log that lines come from; its index, for Count(). The same name gives the same index.
  size_t Add(const std::string& name);
  /// The same of an error log.
  size_t AddErrorLog(const std::string& name);
  /// From now on notable lines are kept.
  void KeepEvidence(evidence::Options options) { evidence_.emplace(std::move(options)); }
  /// Null when none is kept.
  const evidence::Ring* evidence() const { return evidence_ ? &*evidence_ : nullptr; }

  /// Takes the place of `other`, which is void then: the same logs by the same indices, what was counted
  /// under labels and buckets that both have, and the evidence. Before the first Count(). A failure leaves
  /// `other` as it was, and this fit for nothing but to be dropped.
  Status GoOnFrom(AccessLogs& other);

  /// Counts lines of the log of that index.
  void Count(size_t log, std::span<const lines::Line> lines);
  void Count(size_t log, std::span<const std::string_view> lines);

  /// The traffic's families and those of the logs; `figures` by their names.
  void Write(exposition::Writer& writer, const tail::FiguresByName& figures);

  void Save(checkpoint::Writer& out) const;
  /// What an earlier process had counted: before the first Count(). A failure leaves it fit for nothing but
  /// to be dropped.
  Status Restore(checkpoint::Reader& in);

  std::vector<std::pair<std::string, std::string>> Servers() const { return traffic_.Servers(); }
  const traffic::SeriesBudget& budget() const { return traffic_.budget(); }

 private:
  struct Counts {
    uint64_t lines = 0;
    std::array<uint64_t, parse::kLineFaultCount> faults{};
  };
  struct Log {
    std::string name;
    std::string labels;
    std::unique_ptr<parse::LineParser> parser;  ///< null of an error log
    Counts counts;
  };

  size_t AddLog(const std::string& name, bool is_error_log);
  errors::ErrorMetrics& ErrorCounts();
  template <typename AnyLine>
  void CountAny(Log& log, std::span<const AnyLine> lines);
  void CountMessage(Log& log, std::string_view line);
  void CountRequest(Log& log, const lines::Line& line);
  void KeepIfNotable(std::string_view line);
  void WriteLogs(exposition::Writer& writer, const tail::FiguresByName& figures) const;

  parse::ParserFactory parsers_;
  std::vector<Log> logs_;
  std::map<std::string, Counts> restored_;  ///< of logs that have not been added yet
  Duration idle_;
  traffic::Traffic traffic_;
  std::optional<errors::ErrorMetrics> errors_;  ///< once there is an error log
  std::optional<evidence::Ring> evidence_;
  Dating dating_;
  const Clock& clock_;
  Logger log_;
  Timestamp latest_;  ///< by the lines, when they are dated so
  parse::LogTimeReader times_;
  parse::LogRecord record_;
};

}  // namespace tocsin::exporter
