#include "base/async/fake_executor.h"

namespace tocsin::async {

struct FakeExecutor::State {
  // Due time, then order of creation: the order in which timers run.
  using Key = std::pair<Timestamp, uint64_t>;

  FakeClock clock;
  std::deque<Task> posted;
  std::map<Key, Task> timers;
  uint64_t next_id = 0;
};

namespace {

template <typename State>
class FakeTimer final : public Timer::Impl {
 public:
  FakeTimer(std::weak_ptr<State> state, typename State::Key key) : state_(std::move(state)), key_(key) {}
  void Cancel() override {
    if (auto state = state_.lock()) state->timers.erase(key_);
  }

 private:
  std::weak_ptr<State> state_;
  typename State::Key key_;
};

// All strands share one queue: with one thread, a serial order for all is a serial order for each.
template <typename State>
class FakeStrand final : public Strand {
 public:
  explicit FakeStrand(std::shared_ptr<State> state) : state_(std::move(state)) {}
  void Post(Task task) override { state_->posted.push_back(std::move(task)); }
  Timer After(Duration delay, Task task) override {
    typename State::Key key{state_->clock.Now() + std::max(delay, Duration(0)), state_->next_id++};
    state_->timers.emplace(key, std::move(task));
    return Timer(std::make_shared<FakeTimer<State>>(state_, key));
  }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace

FakeExecutor::FakeExecutor() : state_(std::make_shared<State>()) {}

// Tasks hold their owners, and these hold strands, which hold the state: cut the circle.
FakeExecutor::~FakeExecutor() {
  auto posted = std::move(state_->posted);
  auto timers = std::move(state_->timers);
  state_->posted.clear();
  state_->timers.clear();
}

std::shared_ptr<Strand> FakeExecutor::MakeStrand() { return std::make_shared<FakeStrand<State>>(state_); }

const Clock& FakeExecutor::clock() const { return state_->clock; }

void FakeExecutor::Run() {
  while (!state_->posted.empty()) {
    Task task = std::move(state_->posted.front());
    state_->posted.pop_front();
    task();
  }
}

void FakeExecutor::Advance(Duration by) {
  Run();
  Timestamp end = state_->clock.Now() + by;
  while (!state_->timers.empty() && state_->timers.begin()->first.first <= end) {
    auto node = state_->timers.extract(state_->timers.begin());
    state_->clock.Set(node.key().first);
    node.mapped()();
    Run();
  }
  state_->clock.Set(end);
}

size_t FakeExecutor::pending_timers() const { return state_->timers.size(); }

}  // namespace tocsin::async
