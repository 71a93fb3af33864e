#include "exporter/access_logs.h"

#include <algorithm>
#include <utility>

#include "exporter/parse/values.h"

namespace tocsin::exporter {

namespace {

using parse::Field;
using parse::LineFault;

std::string_view TimeText(const parse::LogRecord& record) {
  const std::string_view msec = record.Value(Field::kMsec);
  return msec.empty() ? record.Value(Field::kTime) : msec;
}

}  // namespace

AccessLogs::AccessLogs(parse::ParserFactory parsers, traffic::Options options, Dating dating,
                       const Clock& clock, Logger log)
    : parsers_(std::move(parsers)),
      idle_(options.idle),
      traffic_(std::move(options)),
      dating_(dating),
      clock_(clock),
      log_(std::move(log)) {}

size_t AccessLogs::Add(const std::string& name) { return AddLog(name, false); }

size_t AccessLogs::AddErrorLog(const std::string& name) {
  ErrorCounts();
  return AddLog(name, true);
}

size_t AccessLogs::AddLog(const std::string& name, bool is_error_log) {
  const auto same =
      std::find_if(logs_.begin(), logs_.end(), [&](const Log& log) { return log.name == name; });
  if (same != logs_.end()) return static_cast<size_t>(same - logs_.begin());
  Log added{name,
            exposition::RenderLabels({{"file", name}}),
            is_error_log ? nullptr : parsers_.MakeParser(name, log_.With({{"file", name}})),
            {}};
  if (const auto restored = restored_.extract(name)) added.counts = restored.mapped();
  logs_.push_back(std::move(added));
  return logs_.size() - 1;
}

/// As a restart would, by way of what a checkpoint holds.
Status AccessLogs::GoOnFrom(AccessLogs& other) {
  for (const Log& log : other.logs_) AddLog(log.name, log.parser == nullptr);
  checkpoint::Writer saved;
  other.Save(saved);
  checkpoint::Reader in(saved.bytes());
  if (Status restored = Restore(in); !restored) return restored;
  latest_ = other.latest_;
  if (evidence_ && other.evidence_) evidence_->GoOnFrom(*other.evidence_);
  return {};
}

errors::ErrorMetrics& AccessLogs::ErrorCounts() {
  if (!errors_) errors_.emplace(traffic_.budget(), idle_);
  return *errors_;
}

void AccessLogs::Count(size_t log, std::span<const lines::Line> lines) { CountAny(logs_[log], lines); }

void AccessLogs::Count(size_t log, std::span<const std::string_view> lines) { CountAny(logs_[log], lines); }

template <typename AnyLine>
void AccessLogs::CountAny(Log& log, std::span<const AnyLine> lines) {
  if (dating_ == Dating::kByArrival) latest_ = clock_.Now();
  if (log.parser) {
    log.counts.lines += lines.size();
    for (const AnyLine& line : lines) CountRequest(log, line);
  } else {
    for (const AnyLine& line : lines) CountMessage(log, lines::Line(line).text);
  }
}

void AccessLogs::CountRequest(Log& log, const lines::Line& line) {
  LineFault fault = log.parser->Parse(line, record_);
  if (IsUsable(fault)) {
    if (dating_ == Dating::kByLine) latest_ = std::max(latest_, times_.Read(TimeText(record_), latest_));
    const LineFault number_fault = traffic_.Count(record_, latest_);
    if (fault == LineFault::kNone) fault = number_fault;
    if (evidence_) KeepIfNotable(line.text);
  }
  ++log.counts.faults[static_cast<size_t>(fault)];
}

/// What follows a message without beginning like one is part of it: a script's stack trace, for one.
void AccessLogs::CountMessage(Log& log, std::string_view line) {
  uint64_t& mismatches = log.counts.faults[static_cast<size_t>(LineFault::kMismatch)];
  if (const std::optional<parse::ErrorLine> message = parse::ParseErrorLine(line)) {
    ErrorCounts().Count(*message, traffic_.PoolOfServer(message->upstream), latest_);
  } else if (log.counts.lines == mismatches) {
    ++mismatches;
  }
  ++log.counts.lines;
}

/// Of the record that was counted last.
void AccessLogs::KeepIfNotable(std::string_view line) {
  const traffic::Traffic::Noted& noted = traffic_.noted();
  evidence::Classes classes;
  if (noted.changed_pool) classes.Add(evidence::Class::kFailover);
  if (noted.is_error) classes.Add(evidence::Class::kError);
  if (noted.was_retried) classes.Add(evidence::Class::kRetry);
  const int64_t micros = parse::ParseMicros(record_.Value(Field::kRequestTime)).value_or(0);
  if (Duration(micros / 1000) >= evidence_->options().slow) classes.Add(evidence::Class::kSlow);
  if (classes.empty()) return;
  evidence_->Add(parse::ParseLogTime(TimeText(record_)).value_or(latest_), classes,
                 traffic_.PoolName(noted.pool), record_, line);
}

void AccessLogs::Write(exposition::Writer& writer, const tail::FiguresByName& figures) {
  if (logs_.empty()) return;
  const Timestamp now = dating_ == Dating::kByArrival ? clock_.Now() : latest_;
  const bool has_access_log =
      std::any_of(logs_.begin(), logs_.end(), [](const Log& log) { return log.parser != nullptr; });
  if (has_access_log) traffic_.Write(writer, now);
  if (errors_) errors_->Write(writer, now);
  WriteLogs(writer, figures);
}

void AccessLogs::WriteLogs(exposition::Writer& writer, const tail::FiguresByName& figures) const {
  using exposition::Type;
  using tail::SourceFigures;
  const auto of = [&figures](const Log& log) {
    const auto found = figures.find(log.name);
    return found == figures.end() ? SourceFigures{} : found->second;
  };
  const auto each = [&](std::string_view name, std::string_view help, Type type, auto value) {
    writer.Family(name, help, type);
    for (const Log& log : logs_) writer.Sample(log.labels, value(log, of(log)));
  };
  each("nginx_log_lines_total", "Lines read, good and bad.", Type::kCounter,
       [](const Log& log, const SourceFigures& source) { return log.counts.lines + source.too_long_lines; });

  writer.Family(
      "nginx_log_parse_errors_total",
      "Lines with something wrong in them, by what. Up to bad_number the rest of the line was counted.",
      Type::kCounter);
  for (const Log& log : logs_) {
    for (size_t reason = 1; reason < parse::kLineFaultCount; ++reason) {
      const auto fault = static_cast<LineFault>(reason);
      const uint64_t skipped = fault == LineFault::kTooLong ? of(log).too_long_lines : 0;
      writer.Sample(exposition::WithLabel(log.labels, "reason", LineFaultName(fault)),
                    log.counts.faults[reason] + skipped);
    }
  }
  each("nginx_log_lag_bytes", "Bytes written to the log but not yet read.", Type::kGauge,
       [](const Log&, const SourceFigures& source) { return source.lag_bytes; });
  each("nginx_log_lost_bytes_total",
       "Bytes known to have been written that could not be read, and of lines whose end never came.",
       Type::kCounter, [](const Log&, const SourceFigures& source) { return source.lost_bytes; });
  each("nginx_log_rotations_total", "Times that the log was renamed and begun anew, or truncated.",
       Type::kCounter, [](const Log&, const SourceFigures& source) { return source.rotations; });
}

void AccessLogs::Save(checkpoint::Writer& out) const {
  out.Section("access_logs", 1, [&] {
    out.Int(logs_.size());
    for (const Log& log : logs_) {
      out.Text(log.name);
      out.Int(log.counts.lines);
      out.Int(parse::kLineFaultCount);
      for (size_t i = 0; i < parse::kLineFaultCount; ++i) {
        out.Text(LineFaultName(static_cast<LineFault>(i)));  // by name: another version may have others
        out.Int(log.counts.faults[i]);
      }
    }
    traffic_.Save(out);
    if (errors_) errors_->Save(out);
  });
}

Status AccessLogs::Restore(checkpoint::Reader& in) {
  checkpoint::Reader body = in.Section("access_logs", 1);
  for (uint64_t i = body.Count(); i > 0; --i) {
    const std::string name(body.Text());
    Counts& counts = restored_[name];
    counts.lines = body.Int();
    for (uint64_t j = body.Count(); j > 0; --j) {
      const std::string_view fault = body.Text();
      const uint64_t count = body.Int();
      for (size_t k = 0; k < parse::kLineFaultCount; ++k) {
        if (LineFaultName(static_cast<LineFault>(k)) == fault) counts.faults[k] = count;
      }
    }
  }
  if (Status traffic = traffic_.Restore(body); !traffic) return traffic;
  if (body.ok() && !body.at_end()) {
    if (Status errors = ErrorCounts().Restore(body); !errors) return errors;
  }
  for (Log& log : logs_) {
    if (const auto restored = restored_.extract(log.name)) log.counts = restored.mapped();
  }
  return body.Finish();
}

}  // namespace tocsin::exporter
