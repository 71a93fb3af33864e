// Lines of the access logs, by way of a parser for each file, into the metrics; and what became of the lines.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/exposition/writer.h"
#include "base/log.h"
#include "exporter/parse/line_parser.h"
#include "exporter/parse/parser_factory.h"
#include "exporter/tail/file_follower.h"
#include "exporter/traffic/traffic.h"

namespace tocsin::exporter {

/// When a request ended: followed lines have just been written; old ones have to say it themselves.
enum class Dating : uint8_t { kByArrival, kByLine };

/// Not thread safe: belongs to the strand that reads the logs.
class AccessLogs {
 public:
  /// `clock` must outlive it; `log` hears which formats were recognised.
  AccessLogs(const std::vector<std::string>& paths, const parse::ParserFactory& parsers,
             traffic::Options options, Dating dating, const Clock& clock, const Logger& log);

  /// Counts lines of the file of that index.
  void Count(size_t file, std::span<const std::string_view> lines);

  /// The traffic's families and those of the files; `followers` are in the order of the paths.
  void Write(exposition::Writer& writer, std::span<const tail::FileFollower> followers);

  const traffic::SeriesBudget& budget() const { return traffic_.budget(); }

 private:
  struct File {
    std::string path;
    std::string labels;
    std::unique_ptr<parse::LineParser> parser;
    uint64_t lines = 0;
    std::array<uint64_t, parse::kLineFaultCount> faults{};
  };

  void WriteFiles(exposition::Writer& writer, std::span<const tail::FileFollower> followers) const;

  std::vector<File> files_;
  traffic::Traffic traffic_;
  Dating dating_;
  const Clock& clock_;
  Timestamp latest_;  ///< by the lines, when they are dated so
  parse::LogRecord record_;
};

}  // namespace tocsin::exporter
