#include "exporter/access_logs.h"

#include <algorithm>
#include <utility>

#include "exporter/parse/values.h"

namespace tocsin::exporter {

namespace {

using parse::Field;
using parse::LineFault;

std::optional<Timestamp> TimeOf(const parse::LogRecord& record) {
  const std::string_view msec = record.Value(Field::kMsec);
  return parse::ParseLogTime(msec.empty() ? record.Value(Field::kTime) : msec);
}

}  // namespace

AccessLogs::AccessLogs(const std::vector<std::string>& paths, const parse::ParserFactory& parsers,
                       traffic::Options options, Dating dating, const Clock& clock, const Logger& log)
    : traffic_(std::move(options)), dating_(dating), clock_(clock) {
  files_.reserve(paths.size());
  for (const std::string& path : paths) {
    files_.push_back({path,
                      exposition::RenderLabels({{"file", path}}),
                      parsers.MakeParser(path, log.With({{"file", path}})),
                      0,
                      {}});
  }
}

void AccessLogs::Count(size_t index, std::span<const std::string_view> lines) {
  File& file = files_[index];
  file.lines += lines.size();
  if (dating_ == Dating::kByArrival) latest_ = clock_.Now();
  for (const std::string_view line : lines) {
    LineFault fault = file.parser->Parse(line, record_);
    if (IsUsable(fault)) {
      if (dating_ == Dating::kByLine) latest_ = std::max(latest_, TimeOf(record_).value_or(latest_));
      const LineFault number_fault = traffic_.Count(record_, latest_);
      if (fault == LineFault::kNone) fault = number_fault;
    }
    ++file.faults[static_cast<size_t>(fault)];
  }
}

void AccessLogs::Write(exposition::Writer& writer, std::span<const tail::FileFollower> followers) {
  if (files_.empty()) return;
  traffic_.Write(writer, dating_ == Dating::kByArrival ? clock_.Now() : latest_);
  WriteFiles(writer, followers);
}

void AccessLogs::WriteFiles(exposition::Writer& writer, std::span<const tail::FileFollower> followers) const {
  using exposition::Type;
  const auto each = [&](std::string_view name, std::string_view help, Type type, auto value) {
    writer.Family(name, help, type);
    for (size_t i = 0; i < files_.size(); ++i)
      writer.Sample(files_[i].labels, value(files_[i], followers[i]));
  };
  each("nginx_log_lines_total", "Lines read, good and bad.", Type::kCounter,
       [](const File& file, const tail::FileFollower& follower) {
         return file.lines + follower.too_long_lines();
       });

  writer.Family(
      "nginx_log_parse_errors_total",
      "Lines with something wrong in them, by what. Up to bad_number the rest of the line was counted.",
      Type::kCounter);
  for (size_t i = 0; i < files_.size(); ++i) {
    for (size_t reason = 1; reason < parse::kLineFaultCount; ++reason) {
      const auto fault = static_cast<LineFault>(reason);
      const uint64_t skipped = fault == LineFault::kTooLong ? followers[i].too_long_lines() : 0;
      writer.Sample(exposition::WithLabel(files_[i].labels, "reason", LineFaultName(fault)),
                    files_[i].faults[reason] + skipped);
    }
  }
  each("nginx_log_lag_bytes", "Bytes written to the log but not yet read.", Type::kGauge,
       [](const File&, const tail::FileFollower& follower) { return follower.lag_bytes(); });
  each("nginx_log_lost_bytes_total",
       "Bytes of lines whose end never came before the file was left or truncated.", Type::kCounter,
       [](const File&, const tail::FileFollower& follower) { return follower.lost_bytes(); });
  each("nginx_log_rotations_total", "Times that the log was renamed and begun anew, or truncated.",
       Type::kCounter, [](const File&, const tail::FileFollower& follower) { return follower.rotations(); });
}

}  // namespace tocsin::exporter
