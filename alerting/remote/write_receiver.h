// Remote write in: what a Prometheus, an agent or an exporter pushes, to samples.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "alerting/model/appender.h"
#include "alerting/remote/write_request.h"
#include "base/clock.h"
#include "base/log.h"

namespace tocsin::remote {

struct WriteLimits {
  size_t max_decompressed_bytes = size_t{32} << 20;  ///< of one request
};

/// Counters since the start.
struct ReceiverStats {
  uint64_t requests = 0;
  uint64_t requests_failed = 0;  ///< answered with an error, though some of it may have been stored
  uint64_t samples = 0;          ///< taken
  uint64_t samples_refused = 0;  ///< out of order, of bad series, native histograms …
  uint64_t exemplars = 0;
  uint64_t metadata = 0;
};

/// Thread safe: each request is an appender's batch of its own.
class WriteReceiver {
 public:
  /// Both must outlive it.
  WriteReceiver(model::Appendable& appendable, const Clock& clock, WriteLimits limits, Logger log);

  /// Stores what is good of a request in snappy's block format; returns when it is committed, which with a
  /// write-ahead log that is synced always means: on the disk. An error says what was refused and how much of
  /// the request that is: kInvalidArgument, where sending it again can't help; kResourceExhausted, a limit of
  /// ours; kIo, where it can.
  Status Receive(std::string_view body);

  ReceiverStats stats() const;

 private:
  struct Tally;
  Status Store(std::string_view request);
  void StoreSeries(const WrittenSeries& series, model::Appender& appender, Tally& tally) const;

  model::Appendable& appendable_;
  const Clock& clock_;
  const WriteLimits limits_;
  const Logger log_;
  std::atomic<uint64_t> requests_{0};
  std::atomic<uint64_t> requests_failed_{0};
  std::atomic<uint64_t> samples_{0};
  std::atomic<uint64_t> samples_refused_{0};
  std::atomic<uint64_t> exemplars_{0};
  std::atomic<uint64_t> metadata_{0};
};

}  // namespace tocsin::remote
