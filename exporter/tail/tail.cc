#include "exporter/tail/tail.h"

#include <atomic>
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
       Sink sink)
      : strand_(std::move(strand)), log_(std::move(log)) {
    followers_.reserve(options.paths.size());
    for (size_t i = 0; i < options.paths.size(); ++i) {
      followers_.emplace_back(options.paths[i], options.start, executor.clock(), log_,
                              [i, sink](std::span<const std::string_view> lines) { sink(i, lines); });
    }
  }

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

  const std::vector<FileFollower>& followers() const { return followers_; }

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
    bool more = false;
    for (FileFollower& follower : followers_) {
      if (watch_) watch_->Add(follower.path());
      more = follower.Poll(kStretchBytes) || more;
    }
    if (more) {
      next_.Cancel();
      strand_->Post(Bound(&Loop::Look));
    } else {
      next_ = strand_->After(kLookEvery, Bound(&Loop::Look));
    }
  }

  std::shared_ptr<async::Strand> strand_;
  Logger log_;
  std::vector<FileFollower> followers_;
  std::unique_ptr<ChangeWatch> watch_;
  async::Timer next_;
  std::atomic<bool> nudged_ = false;
};

Tail::Tail(async::Executor& executor, std::shared_ptr<async::Strand> strand, TailOptions options, Logger log,
           Sink sink)
    : loop_(std::make_shared<Loop>(executor, std::move(strand), std::move(options), std::move(log),
                                   std::move(sink))) {}
Tail::~Tail() = default;
void Tail::Start(async::Pool* pool) { loop_->Start(pool); }
const std::vector<FileFollower>& Tail::followers() const { return loop_->followers(); }

}  // namespace tocsin::tail
