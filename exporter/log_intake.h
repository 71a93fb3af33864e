// Everything that nginx logs, from its sources to the counters, and the checkpoint of both.
//
// The checkpoint holds how far each file has been read and what has been counted up to there, gathered
// between two reads: after a restart reading and counting go on from the same line.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/async/pool.h"
#include "base/async/strand.h"
#include "base/exposition/writer.h"
#include "base/log.h"
#include "exporter/access_logs.h"
#include "exporter/checkpoint/keeper.h"
#include "exporter/checkpoint/store.h"
#include "exporter/config/options.h"
#include "exporter/reloads.h"
#include "exporter/syslog/listener.h"
#include "exporter/tail/input_stream.h"
#include "exporter/tail/tail.h"

namespace tocsin::exporter {

/// `pool` must outlive it and be stopped before it is destroyed.
class LogIntake {
 public:
  /// Errors: a format that can't be read; a folder for the checkpoint or an address for syslog that can't be
  /// had. A checkpoint that can't be used is none: it is set aside and logged.
  static Result<std::unique_ptr<LogIntake>> Make(const Options& options, async::Pool& pool,
                                                 const Logger& log);

  /// Builds what counts lines anew, by the formats, labels and limits of `options`. When that is committed,
  /// counting goes on with it: counters of label sets and buckets that stay the same go on as well. Which
  /// logs are read stays as it was. Thread safe; a commit may be called on any thread.
  Checked<Reloads::Commit> Prepare(const Options& options);

  void Start();
  /// Ends listening and writes the last checkpoint. Not to be called on the pool.
  void Stop();

  /// Where all of it happens; what follows belongs there.
  async::Strand& strand() { return *strand_; }
  /// False while there is something to be counted that an earlier process may have counted and shown: what
  /// would be shown now might be less.
  bool caught_up() const;
  void Write(exposition::Writer& writer);
  /// The upstream servers that the logs have named, and their pools.
  std::vector<std::pair<std::string, std::string>> Servers() const { return logs_->Servers(); }
  /// Null without --web.enable-evidence.
  const evidence::Ring* evidence() const { return logs_->evidence(); }
  const traffic::SeriesBudget& budget() const { return logs_->budget(); }

 private:
  LogIntake(const Options& options, async::Pool& pool, Logger log);
  Status MakeLogs();
  Result<std::unique_ptr<AccessLogs>> NewLogs(const Options& options) const;
  void Swap(std::unique_ptr<AccessLogs> fresh);
  size_t AddLog(const std::string& path);
  void MakeTail();
  Status Listen();
  Status OpenStore();
  void Restore(const std::string& content);
  void Gather(checkpoint::Writer& out, bool is_last) const;
  void WriteListeners(exposition::Writer& writer) const;

  const Options& options_;
  async::Pool& pool_;
  Logger log_;
  std::shared_ptr<async::Strand> strand_;
  std::unique_ptr<AccessLogs> logs_;
  std::unique_ptr<tail::Tail> tail_;
  std::vector<std::unique_ptr<syslog::Listener>> listeners_;
  bool reads_standard_input_ = false;
  std::unique_ptr<tail::InputStream> standard_input_;
  std::unique_ptr<checkpoint::Store> store_;  ///< null without --state.path, as is the keeper
  std::unique_ptr<checkpoint::Keeper> keeper_;
};

}  // namespace tocsin::exporter
