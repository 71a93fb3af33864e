#include "exporter/log_intake.h"

#include <future>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include "exporter/log_formats.h"

namespace tocsin::exporter {

Result<std::unique_ptr<LogIntake>> LogIntake::Make(const Options& options, async::Pool& pool,
                                                   const Logger& log) {
  std::unique_ptr<LogIntake> intake(new LogIntake(options, pool, log));
  if (Status made = intake->MakeLogs(); !made) return Fail(made.error());
  intake->MakeTail();
  if (Status opened = intake->OpenStore(); !opened) return Fail(opened.error());
  if (Status listening = intake->Listen(); !listening) return Fail(listening.error());
  return intake;
}

LogIntake::LogIntake(const Options& options, async::Pool& pool, Logger log)
    : options_(options), pool_(pool), log_(std::move(log)), strand_(pool.MakeStrand()) {}

Status LogIntake::MakeLogs() {
  auto made = NewLogs(options_);
  if (!made) return Fail(made.error());
  logs_ = std::move(*made);
  return {};
}

Result<std::unique_ptr<AccessLogs>> LogIntake::NewLogs(const Options& options) const {
  const auto parsers = MakeParsers(options);
  if (!parsers) return Fail(parsers.error());
  auto logs = std::make_unique<AccessLogs>(*parsers, options.traffic, Dating::kByArrival, pool_.clock(),
                                           log_.With({{"component", "parse"}}));
  if (options.evidence.enabled) logs->KeepEvidence(options.evidence);
  return logs;
}

/// Nobody waits for the swap: whoever asks for the page afterwards stands behind it on the strand.
Checked<Reloads::Commit> LogIntake::Prepare(const Options& options) {
  auto made = NewLogs(options);
  if (!made) return tl::unexpected(Errors{made.error()});
  auto fresh = std::make_shared<std::unique_ptr<AccessLogs>>(std::move(*made));
  return [this, fresh] { strand_->Post([this, fresh] { Swap(std::move(*fresh)); }); };
}

void LogIntake::Swap(std::unique_ptr<AccessLogs> fresh) {
  if (Status went_on = fresh->GoOnFrom(*logs_); !went_on) {
    log_.Error("What was counted can't go on under the new configuration; the old one stays",
               {{"err", went_on.error()}});
    return;
  }
  logs_ = std::move(fresh);
}

size_t LogIntake::AddLog(const std::string& path) {
  return IsErrorLog(options_, path) ? logs_->AddErrorLog(path) : logs_->Add(path);
}

void LogIntake::MakeTail() {
  const auto sink_for = [this](const std::string& path) -> tail::LineSink {
    const size_t log = AddLog(path);
    return [this, log](std::span<const lines::Line> lines) { logs_->Count(log, lines); };
  };
  std::vector<std::string> patterns = LogPatterns(options_);
  reads_standard_input_ = std::erase(patterns, tail::kStandardInput) > 0;
  tail_ = std::make_unique<tail::Tail>(pool_, strand_,
                                       tail::TailOptions{std::move(patterns), tail::StartAt::kEnd},
                                       log_.With({{"component", "tail"}}), sink_for);
}

Status LogIntake::Listen() {
  // All of them before the first one counts, which happens on other threads from then on.
  for (const std::string& address : options_.syslog_listen) logs_->Add(address);
  if (reads_standard_input_) AddLog(tail::kStandardInput);
  listeners_.reserve(options_.syslog_listen.size());
  for (const std::string& address : options_.syslog_listen) {
    const size_t log = logs_->Add(address);
    auto listener = syslog::Listener::Start(
        address, pool_, strand_, log_.With({{"component", "syslog"}}),
        [this, log](std::span<const std::string_view> lines) { logs_->Count(log, lines); });
    if (!listener) return Fail(listener.error().WithContext("--nginx.syslog-listen"));
    listeners_.push_back(std::move(*listener));
  }
  return {};
}

Status LogIntake::OpenStore() {
  if (options_.state_path.empty()) return {};
  const Logger log = log_.With({{"component", "checkpoint"}});
  auto store = checkpoint::Store::Open(options_.state_path, log);
  if (!store) return Fail(store.error().WithContext("--state.path"));
  store_ = std::move(*store);
  if (const std::optional<std::string> content = store_->Load()) Restore(*content);

  // At once: a folder that can't be written to is an error of the start, and from here on the checkpoint no
  // longer says that the process ended in good order.
  checkpoint::Writer out;
  Gather(out, false);
  if (Status written = store_->Write(out.bytes()); !written) {
    return Fail(written.error().WithContext("--state.path"));
  }
  keeper_ = std::make_unique<checkpoint::Keeper>(
      pool_, strand_, *store_, log, [this](checkpoint::Writer& writer) { Gather(writer, false); });
  return {};
}

void LogIntake::Gather(checkpoint::Writer& out, bool is_last) const {
  out.Section("head", 1, [&] { out.Bool(is_last); });
  logs_->Save(out);
  tail_->files().Save(out);
}

/// Positions are of use without the counters, which then begin at zero as after a start without a checkpoint;
/// counters without the positions are not.
void LogIntake::Restore(const std::string& content) {
  checkpoint::Reader in(content);
  checkpoint::Reader head = in.Section("head", 1);
  const bool ended_well = head.Bool();
  checkpoint::Reader counters = in;
  in.SkipSection();
  if (Status files = tail_->files().Restore(in); !files) {
    store_->SetAside(files.error());
    return;
  }
  if (!ended_well && (reads_standard_input_ || !options_.syslog_listen.empty())) {
    log_.Warn(
        "The process before did not end in good order, and what it read of syslog or standard input can't be "
        "read again: counters begin at zero");
    return;
  }
  if (Status counted = logs_->Restore(counters); !counted) {
    store_->SetAside(counted.error());
    const Status made = MakeLogs();  // the format was good a moment ago
    for (const auto& follower : tail_->files().followers()) AddLog(follower->path());
    static_cast<void>(made);
  }
}

void LogIntake::Start() {
  if (reads_standard_input_) {
    const size_t log = AddLog(tail::kStandardInput);
    standard_input_ = std::make_unique<tail::InputStream>(
        STDIN_FILENO, pool_, strand_, log_.With({{"component", "tail"}}),
        [this, log](std::span<const lines::Line> lines) { logs_->Count(log, lines); });
  }
  tail_->Start(&pool_);
  if (keeper_) keeper_->Start();  // after the first look at the files, which stands on the strand by now
}

void LogIntake::Stop() {
  for (const auto& listener : listeners_) listener->Stop();
  if (!keeper_) return;
  std::promise<void> written;
  strand_->Post([this, &written] {
    checkpoint::Writer out;
    Gather(out, true);
    keeper_->WriteLast(out.bytes(), [&written] { written.set_value(); });
  });
  written.get_future().wait();
}

/// Nor before the disk knows where reading began: else an end in the first second would lose what was shown.
bool LogIntake::caught_up() const {
  if (!keeper_) return true;
  const checkpoint::KeeperFigures kept = keeper_->figures();
  const bool is_kept = kept.written_at != Timestamp() || kept.failures > 0;
  return is_kept && tail_->files().caught_up();
}

void LogIntake::Write(exposition::Writer& writer) {
  tail::FiguresByName figures;
  tail_->files().AddFigures(figures);
  if (standard_input_) figures[tail::kStandardInput].too_long_lines = standard_input_->too_long_lines();
  logs_->Write(writer, figures);
  WriteListeners(writer);
  if (!keeper_) return;
  const checkpoint::KeeperFigures kept = keeper_->figures();
  writer.Family("tocsin_exporter_checkpoint_timestamp_seconds", "When the checkpoint was last written.",
                exposition::Type::kGauge);
  writer.Sample("", kept.written_at.seconds());
  writer.Family("tocsin_exporter_checkpoint_failures_total",
                "Times that the checkpoint could not be written.", exposition::Type::kCounter);
  writer.Sample("", kept.failures);
}

void LogIntake::WriteListeners(exposition::Writer& writer) const {
  if (listeners_.empty()) return;
  const auto each = [&](std::string_view name, std::string_view help, auto value) {
    writer.Family(name, help, exposition::Type::kCounter);
    for (const auto& listener : listeners_) {
      writer.Sample(exposition::RenderLabels({{"listen", listener->address()}}), value(listener->figures()));
    }
  };
  each("nginx_syslog_messages_total", "Syslog datagrams received, good and bad.",
       [](const syslog::Figures& figures) { return figures.messages; });
  each("nginx_syslog_malformed_total", "Datagrams that are no syslog message as nginx writes it.",
       [](const syslog::Figures& figures) { return figures.malformed; });
  each("nginx_syslog_dropped_total", "Datagrams that were lost for want of room.",
       [](const syslog::Figures& figures) { return figures.dropped; });
}

}  // namespace tocsin::exporter
