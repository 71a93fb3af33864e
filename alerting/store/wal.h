// The write-ahead log: what happened since the last checkpoint, in numbered files.
//
// Writers add records to a queue in memory; one thread takes all of it at once, writes it, and syncs it: a
// group commit. While the disk refuses, the queue holds what it may, and what it can't hold is counted as
// lost to the log (not to memory).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "alerting/store/files.h"
#include "alerting/store/record.h"
#include "base/log.h"
#include "base/time.h"

namespace tocsin::store {

enum class SyncMode {
  kInterval,  ///< write and sync each `sync_interval`
  kAlways,    ///< as soon as there is something; who waits is told when it is safe
  kOff,       ///< write each `sync_interval`, leave syncing to the system
};

struct WalOptions {
  SyncMode sync = SyncMode::kInterval;
  Duration sync_interval{200};
  uint64_t file_bytes = uint64_t{64} << 20;   ///< a file that is larger is followed by the next
  uint64_t queue_bytes = uint64_t{64} << 20;  ///< what waits in memory while the disk refuses
  Duration retry{1'000};                      ///< pause before the disk is tried again
};

struct WalStats {
  uint64_t bytes_written = 0;
  uint64_t syncs = 0;
  uint64_t failures = 0;      ///< writes and syncs that the system refused
  uint64_t records_lost = 0;  ///< that found the queue full
  bool writable = true;
};

/// Thread safe.
class Wal {
 public:
  /// Writes `folder`/NNNNNNNN.wal from number `first` on; `files` outlives it.
  Wal(std::filesystem::path folder, uint64_t first, WalOptions options, Files& files, Logger log);
  /// Writes what is queued, once.
  ~Wal();
  Wal(const Wal&) = delete;
  Wal& operator=(const Wal&) = delete;

  /// Queues a record.
  void Add(RecordType type, std::string_view payload);
  /// With kAlways: waits until everything added before is on disk; the error when the disk refused it for
  /// now. Else returns at once.
  Status WaitSafe();

  /// Whatever is added from now on goes into later files than what was added before; Wait for the number of
  /// the first of them. kIo while the disk refuses.
  using CutTicket = uint64_t;
  CutTicket Cut();
  Result<uint64_t> WaitCut(CutTicket ticket);

  /// True once after records were lost and the disk takes writes again: what is in memory then has to be
  /// written as a checkpoint.
  bool TakeGap();

  WalStats stats() const;

 private:
  /// What one turn of the writer takes: bytes, and where a new file begins.
  struct Work {
    std::string bytes;
    std::vector<size_t> cuts;
    uint64_t end = 0;  ///< position behind it
  };
  void Run(const std::stop_token& stop);
  bool Take(const std::stop_token& stop, Work& work);
  Status WriteOut(Work& work);
  Status WritePiece(std::string_view bytes);
  Status OpenFile();
  void NextFile();
  void Finish(const Work& work, const Status& outcome);

  const std::filesystem::path folder_;
  const WalOptions options_;
  Files& files_;
  const Logger log_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any wake_;
  std::condition_variable done_;
  std::string queue_;
  std::vector<size_t> cuts_;  // places in queue_
  uint64_t added_ = 0;        // bytes and cuts queued since the start: positions
  uint64_t safe_ = 0;         // position up to which all is written, and synced unless kOff
  uint64_t cut_tickets_ = 0;
  std::vector<std::pair<CutTicket, uint64_t>> finished_cuts_;
  size_t waiting_ = 0;  // in WaitSafe() or WaitCut()
  bool refused_ = false;
  bool gap_ = false;
  std::string refusal_;
  WalStats stats_;

  // The writing thread's own.
  uint64_t number_;
  std::unique_ptr<Files::Output> file_;
  uint64_t file_size_ = 0;
  CutTicket cuts_made_ = 0;
  std::jthread thread_;
};

/// The name of a log file: "00000012.wal".
std::string WalFileName(uint64_t number);

}  // namespace tocsin::store
