// Remote write out: samples that rules recorded, on their way to another server.
//
// Appenders add to a bounded queue in memory; one request at a time takes from its front, so that a series'
// samples arrive in the order of their times. While the server is away the front waits, longer each time;
// when the queue is full, new batches are turned away and counted.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "alerting/model/appender.h"
#include "alerting/remote/endpoint.h"
#include "alerting/remote/write_request.h"
#include "base/async/strand.h"
#include "base/http/client.h"
#include "base/log.h"

namespace tocsin::remote {

struct WriteQueueOptions {
  EndpointOptions endpoint = {};
  size_t capacity = 100'000;  ///< samples that may wait
  size_t batch = 2'000;       ///< samples of a request
  Duration first_pause{250};  ///< after a failure; doubled with each further one
  Duration longest_pause{30'000};
};

/// Counters since the start; `pending` as of now.
struct WriteQueueStats {
  uint64_t pending = 0;
  uint64_t sent = 0;
  uint64_t retried = 0;  ///< in requests that are sent again
  uint64_t failed = 0;   ///< refused by the server for good
  uint64_t dropped = 0;  ///< for want of room, or at the end
};

/// Thread safe. `executor` and `client` outlive it.
class WriteQueue final : public model::Appendable {
 public:
  WriteQueue(WriteQueueOptions options, async::Executor& executor, http::Client& client, Logger log);
  ~WriteQueue() override;
  WriteQueue(const WriteQueue&) = delete;
  WriteQueue& operator=(const WriteQueue&) = delete;

  /// Commit() fails with kResourceExhausted when there is no room for the batch.
  std::unique_ptr<model::Appender> MakeAppender() override;

  /// Waits until all is sent, for up to `patience`; what is left then is dropped and logged. Not to be called
  /// on the executor. Later batches are turned away.
  void Stop(Duration patience);

  WriteQueueStats stats() const;

 private:
  class Batch;
  class Sender;
  std::shared_ptr<Sender> sender_;
};

}  // namespace tocsin::remote
