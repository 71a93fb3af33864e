#include "exporter/checkpoint/keeper.h"

#include <atomic>
#include <string>
#include <utility>

namespace tocsin::checkpoint {

/// Lives as long as a task of its is under way; tasks hold it weakly but for those that write.
class Keeper::Loop : public std::enable_shared_from_this<Loop> {
 public:
  Loop(async::Executor& executor, std::shared_ptr<async::Strand> strand, Store& store, Logger log,
       Gather gather)
      : clock_(executor.clock()),
        strand_(std::move(strand)),
        writing_strand_(executor.MakeStrand()),
        store_(store),
        log_(std::move(log)),
        gather_(std::move(gather)) {}

  void TurnSoon() {
    strand_->Post([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Turn();
    });
  }

  void Schedule() {
    next_ = strand_->After(kEvery, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Turn();
    });
  }

  KeeperFigures figures() const { return {Timestamp::FromMillis(written_at_), failures_}; }

  void WriteLast(std::string content, std::function<void()> done) {
    ended_ = true;
    writing_strand_->Post([self = shared_from_this(), content = std::move(content), done = std::move(done)] {
      self->Write(content);
      done();
    });
  }

 private:
  void Turn() {
    if (ended_) return;
    Schedule();
    if (writing_) return;  // the disk is slow: this turn is left out
    writer_.Clear();
    gather_(writer_);
    if (writer_.bytes() == written_ && !failing_) return;
    written_ = writer_.bytes();
    writing_ = true;
    writing_strand_->Post([self = shared_from_this()] {
      if (!self->ended_) self->Write(self->written_);
      self->writing_ = false;
    });
  }

  /// One line when it begins to fail and one when it works again, not one a second.
  void Write(const std::string& content) {
    const Status status = store_.Write(content);
    const bool failed_before = failing_.exchange(!status);
    if (status) {
      written_at_ = clock_.Now().millis();
      if (failed_before) log_.Info("The checkpoint can be written again");
      return;
    }
    ++failures_;
    if (!failed_before) log_.Error("The checkpoint can't be written", {{"err", status.error()}});
  }

  const Clock& clock_;
  std::shared_ptr<async::Strand> strand_;
  std::shared_ptr<async::Strand> writing_strand_;
  Store& store_;
  Logger log_;
  Gather gather_;
  Writer writer_;
  std::string written_;  ///< not touched while it is being written
  async::Timer next_;
  std::atomic<bool> writing_ = false;
  std::atomic<bool> ended_ = false;
  std::atomic<bool> failing_ = false;
  std::atomic<int64_t> written_at_ = 0;
  std::atomic<uint64_t> failures_ = 0;
};

Keeper::Keeper(async::Executor& executor, std::shared_ptr<async::Strand> strand, Store& store, Logger log,
               Gather gather)
    : loop_(std::make_shared<Loop>(executor, std::move(strand), store, std::move(log), std::move(gather))) {}
Keeper::~Keeper() = default;
void Keeper::Start() { loop_->TurnSoon(); }
KeeperFigures Keeper::figures() const { return loop_->figures(); }
void Keeper::WriteLast(std::string content, std::function<void()> done) {
  loop_->WriteLast(std::move(content), std::move(done));
}

}  // namespace tocsin::checkpoint
