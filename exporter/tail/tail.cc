#include "exporter/tail/tail.h"

#include <atomic>
#include <optional>
#include <utility>

namespace tocsin::tail {

namespace {
/// Read at a stretch; then others on the strand, such as a scrape, get their turn.
constexpr size_t kStretchBytes = size_t{4} << 20;
}  // namespace

/// Lives as long as a task of its is under way; tasks hold it weakly, so the Tail decides when it ends.
class Tail::Loop : public std::enable_shared_from_this<Loop> {
 public:
  Loop(async::Executor& executor, std::shared_ptr<async::Strand> strand, TailOptions options, Logger log,
       SinkFor sink_for)
      : clock_(executor.clock()),
        strand_(std::move(strand)),
        log_(std::move(log)),
        patterns_(options.patterns),
        files_(std::move(options.patterns), options.start, clock_, log_, std::move(sink_for)) {}

  void Start(async::Pool* pool) {
    if (pool != nullptr) {
      auto watch = ChangeWatch::Start(*pool, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->Nudge();
      });
      if (watch) {
        watch_ = std::move(*watch);
      } else {
        log_.Warn("No change notification; looking at logs from time to time", {{"err", watch.error()}});
      }
    }
    strand_->Post(Bound(&Loop::Look));
  }

  FileSet& files() { return files_; }

 private:
  async::Task Bound(void (Loop::*member)()) {
    return [weak = weak_from_this(), member] {
      if (const auto self = weak.lock()) (self.get()->*member)();
    };
  }

  void Nudge() {
    if (nudged_.exchange(true)) return;
    strand_->Post(Bound(&Loop::LookSoon));
  }

  void LookSoon() { next_ = strand_->After(kGather, Bound(&Loop::Look)); }

  void Look() {
    nudged_ = false;
    const Timestamp now = clock_.Now();
    if (!looked_at_ || now < *looked_at_ || now - *looked_at_ >= kLookEvery) {
      looked_at_ = now;
      files_.Expand();
      Watch();
    }
    if (files_.Poll(kStretchBytes)) {
      next_.Cancel();
      strand_->Post(Bound(&Loop::Look));
    } else {
      next_ = strand_->After(kLookEvery, Bound(&Loop::Look));
    }
  }

  /// Again and again: a name may lead to another file by now.
  void Watch() {
    if (!watch_) return;
    for (const std::string& pattern : patterns_) watch_->Add(pattern);
    for (const auto& follower : files_.followers()) watch_->Add(follower->path());
  }

  const Clock& clock_;
  std::shared_ptr<async::Strand> strand_;
  Logger log_;
  std::vector<std::string> patterns_;
  FileSet files_;
  std::optional<Timestamp> looked_at_;  ///< for more than what has grown
  std::unique_ptr<ChangeWatch> watch_;
  async::Timer next_;
  std::atomic<bool> nudged_ = false;
};

Tail::Tail(async::Executor& executor, std::shared_ptr<async::Strand> strand, TailOptions options, Logger log,
           SinkFor sink_for)
    : loop_(std::make_shared<Loop>(executor, std::move(strand), std::move(options), std::move(log),
                                   std::move(sink_for))) {}
Tail::~Tail() = default;
void Tail::Start(async::Pool* pool) { loop_->Start(pool); }
const FileSet& Tail::files() const { return loop_->files(); }
FileSet& Tail::files() { return loop_->files(); }

}  // namespace tocsin::tail
