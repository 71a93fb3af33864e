#include "alerting/remote/write_queue.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tocsin::remote {
namespace {

struct QueuedSample {
  model::Labels labels;
  TimeSample sample;
};

/// What the server says in a refusal: the first line, not too long.
std::string FirstLine(const std::string& body) {
  constexpr size_t kLongest = 300;
  return body.substr(0, std::min(body.find('\n'), kLongest));
}

}  // namespace

/// The queue itself; lives as long as a transfer or a timer of it does.
class WriteQueue::Sender : public std::enable_shared_from_this<Sender> {
 public:
  Sender(WriteQueueOptions options, async::Executor& executor, http::Client& client, Logger log)
      : options_(std::move(options)),
        client_(client),
        log_(std::move(log)),
        strand_(executor.MakeStrand()),
        pause_(options_.first_pause) {}

  Status Add(std::vector<QueuedSample> samples) {
    {
      const std::lock_guard lock(mutex_);
      if (stopped_ || queue_.size() + samples.size() > options_.capacity) {
        stats_.dropped += samples.size();
        return Fail(ErrorCode::kResourceExhausted,
                    fmt::format("the queue of samples to write has no room: {} wait", queue_.size()));
      }
      std::move(samples.begin(), samples.end(), std::back_inserter(queue_));
    }
    strand_->Post([self = shared_from_this()] { self->SendNext(); });
    return {};
  }

  void Stop(Duration patience) {
    std::unique_ptr<http::Client::Handle> ended;  // goes without the lock, and with it what holds us
    std::unique_lock lock(mutex_);
    emptied_.wait_for(lock, patience, [this] { return queue_.empty(); });
    stopped_ = true;
    calling_over_.wait(lock, [this] { return !calling_; });  // the client may go once we have returned
    ended = std::move(transfer_);
    if (queue_.empty()) return;
    log_.Warn("Samples are left unwritten", {{"samples", queue_.size()}});
    stats_.dropped += queue_.size();
    queue_.clear();
  }

  WriteQueueStats stats() const {
    const std::lock_guard lock(mutex_);
    WriteQueueStats stats = stats_;
    stats.pending = queue_.size();
    return stats;
  }

 private:
  /// On the strand. The samples stay in the queue until the server has them.
  void SendNext() {
    if (busy_) return;
    std::string request;
    {
      const std::lock_guard lock(mutex_);
      if (stopped_ || queue_.empty()) return;
      calling_ = true;
      in_flight_ = std::min(queue_.size(), options_.batch);
      for (size_t i = 0; i < in_flight_; ++i) AppendSeries(request, queue_[i].labels, {&queue_[i].sample, 1});
    }
    busy_ = true;
    Result<http::ClientRequest> made = MakeRequest(options_.endpoint, "");
    if (!made) {
      CallingIsOver();
      return Finish(Fail(made.error()));
    }
    made->method = "POST";
    made->headers.Set("Content-Type", "application/x-protobuf");
    made->headers.Set("Content-Encoding", "snappy");
    made->headers.Set("X-Prometheus-Remote-Write-Version", "0.1.0");
    made->body = Pack(request);
    transfer_ =
        client_.Send(*std::move(made), [self = shared_from_this()](Result<http::ClientResponse> answer) {
          self->strand_->Post([self, answer = std::move(answer)] { self->Finish(answer); });
        });
    CallingIsOver();
  }

  void CallingIsOver() {
    const std::lock_guard lock(mutex_);
    calling_ = false;
    calling_over_.notify_all();
  }

  /// On the strand.
  void Finish(const Result<http::ClientResponse>& answer) {
    busy_ = false;
    const bool sent = answer && answer->status / 100 == 2;
    const bool refused = answer && !sent && answer->status / 100 != 5 && answer->status != 429;
    if (!sent && !refused) return TryLater(answer);
    if (refused) {
      log_.Error("Samples were refused",
                 {{"samples", in_flight_}, {"status", answer->status}, {"answer", FirstLine(answer->body)}});
    }
    pause_ = options_.first_pause;
    {
      const std::lock_guard lock(mutex_);
      const size_t gone = std::min(in_flight_, queue_.size());  // Stop() may have emptied it
      (sent ? stats_.sent : stats_.failed) += gone;
      queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(gone));
      if (queue_.empty()) emptied_.notify_all();
    }
    SendNext();
  }

  void TryLater(const Result<http::ClientResponse>& answer) {
    log_.Warn("Samples wait to be written",
              {{"samples", in_flight_},
               {"err", answer ? fmt::format("status {}: {}", answer->status, FirstLine(answer->body))
                              : answer.error().ToString()},
               {"again_in", FormatDuration(pause_)}});
    {
      const std::lock_guard lock(mutex_);
      stats_.retried += in_flight_;
    }
    busy_ = true;  // until the timer says otherwise
    timer_ = strand_->After(pause_, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      self->busy_ = false;
      self->SendNext();
    });
    pause_ = std::min(pause_ * 2, options_.longest_pause);
  }

  const WriteQueueOptions options_;
  http::Client& client_;
  const Logger log_;
  const std::shared_ptr<async::Strand> strand_;

  // Of the strand alone.
  bool busy_ = false;
  size_t in_flight_ = 0;
  Duration pause_;
  async::Timer timer_;
  std::unique_ptr<http::Client::Handle> transfer_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable emptied_;
  std::condition_variable calling_over_;
  bool calling_ = false;  // a request is being handed to the client; guarded by mutex_
  std::deque<QueuedSample> queue_;
  WriteQueueStats stats_;
  bool stopped_ = false;
};

class WriteQueue::Batch final : public model::Appender {
 public:
  explicit Batch(std::shared_ptr<Sender> sender) : sender_(std::move(sender)) {}

  Result<model::SeriesRef> Append(model::SeriesRef /*ref*/, const model::Labels& labels, Timestamp timestamp,
                                  model::SampleValue value) override {
    const double* number = std::get_if<double>(&value);
    if (number == nullptr) return Fail(ErrorCode::kUnsupported, "native histograms can't be written");
    samples_.push_back({labels, {timestamp.millis(), *number}});
    return 0;
  }
  Status Commit() override {
    if (samples_.empty()) return {};
    return sender_->Add(std::exchange(samples_, {}));
  }
  void Rollback() override { samples_.clear(); }

 private:
  const std::shared_ptr<Sender> sender_;
  std::vector<QueuedSample> samples_;
};

WriteQueue::WriteQueue(WriteQueueOptions options, async::Executor& executor, http::Client& client, Logger log)
    : sender_(std::make_shared<Sender>(std::move(options), executor, client, std::move(log))) {}

WriteQueue::~WriteQueue() { Stop(Duration(0)); }

std::unique_ptr<model::Appender> WriteQueue::MakeAppender() { return std::make_unique<Batch>(sender_); }

void WriteQueue::Stop(Duration patience) { sender_->Stop(patience); }

WriteQueueStats WriteQueue::stats() const { return sender_->stats(); }

}  // namespace tocsin::remote
